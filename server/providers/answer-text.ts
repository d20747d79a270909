import type { Json } from '@poolkeeper/core';

/**
 * The text of an answer.
 *
 * Errors: that it is longer than `bytesMax`; the rest is not read then.
 */
export async function readText(response: Response, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > bytesMax) throw new Error(`the answer is longer than ${bytesMax} bytes`);
    text += decoder.decode(chunk as Uint8Array, { stream: true });
  }
  return text + decoder.decode();
}

/** What is no JSON comes from something else than a cloud, such as a proxy, and is null: its status counts alone. */
export function parseAnswer(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/** Why nothing was answered: `fetch` says "fetch failed", and why in the cause. */
export function reasonOfSilence(error: unknown): string {
  const { cause } = error as { cause?: { code?: string; message?: string } };
  if (cause?.code === 'ECONNREFUSED') return 'nothing listens there';
  return cause?.code ?? cause?.message ?? (error as Error).message;
}
