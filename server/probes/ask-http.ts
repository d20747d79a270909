import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import type { ProbeAnswer, ProbeQuestion } from './contract.ts';

const STATUS_PASSES_MIN = 200;
const STATUS_PASSES_MAX = 399;

/** A GET that is answered with a status that passes. Redirections are an answer of their own, and the body is not read. */
export async function askHttp({ input }: ProbeQuestion, signal: AbortSignal): Promise<ProbeAnswer> {
  const url = typeof input['url'] === 'string' ? URL.parse(input['url']) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return { result: 'unasked', detail: `${JSON.stringify(input['url'])} is no http or https address` };
  }
  try {
    const headers = {
      'user-agent': 'poolkeeper',
      ...(input['headers'] as Record<string, string> | undefined),
    };
    const status = await statusOf(url, headers, signal);
    const passing = input['status'] as readonly number[] | undefined;
    const passes = passing?.includes(status) ?? (status >= STATUS_PASSES_MIN && status <= STATUS_PASSES_MAX);
    if (passes) return { result: 'passed', detail: null };
    return { result: 'failed', detail: `GET ${placeOf(url)} was answered with ${status}` };
  } catch (error) {
    signal.throwIfAborted();
    return { result: 'failed', detail: `GET ${placeOf(url)}: ${(error as Error).message}` };
  }
}

/** `fetch` keeps away from some ports, which a probe must not. Each question has a connection of its own, so that none stays. */
function statusOf(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<number> {
  const send = url.protocol === 'https:' ? requestTls : request;
  return new Promise((resolve, reject) => {
    const asking = send(url, { headers, agent: false, signal });
    asking.once('response', (response) => {
      response.on('error', () => {});
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    asking.on('error', reject);
    asking.end();
  });
}

/** Without what may be secret in an address: its user, and what follows the path. */
function placeOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
