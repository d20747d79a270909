import type { Json } from '@poolkeeper/core';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { ofObjects } from './kubernetes-objects.ts';
import type { BoskosObjects } from './kubernetes-objects.ts';

/** How long one answer may take, in milliseconds. */
const ANSWER_MS_MAX = 30_000;

/**
 * Reads what an address tells: the objects of a Kubernetes API, or what the HTTP of a running Boskos says.
 *
 * Errors: `CliError` for an address that does not answer.
 */
export async function readBoskosAddress(
  context: Pick<CliContext, 'fetch'>,
  source: string,
  { namespace, types }: { readonly namespace: string; readonly types: readonly string[] },
): Promise<BoskosObjects & { readonly advice: readonly string[] }> {
  const base = source.replace(/\/+$/, '');
  const objects = `${base}/apis/boskos.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}`;
  const lists = [
    await ask(context, `${objects}/resources`),
    await ask(context, `${objects}/dynamicresourcelifecycles`),
  ];
  // A Boskos answers every path with nothing.
  if (lists.every((list) => list !== null && typeof list === 'object'))
    return { ...ofObjects(lists), advice: [] };
  const advice = [
    `${source} is a Boskos, whose HTTP names no resources: what they are comes from its configuration file, and how they stand from its objects in Kubernetes. Give them too with --from.`,
  ];
  for (const type of types) {
    const counts = await ask(context, `${base}/metric?type=${encodeURIComponent(type)}`);
    if (counts !== null) advice.push(`type ${type} at ${source}: ${JSON.stringify(counts)}`);
  }
  return { types: [], resources: [], advice };
}

/** The JSON of an answer; null for anything else than JSON with status 200. */
async function ask({ fetch }: Pick<CliContext, 'fetch'>, url: string): Promise<Json> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  } catch (cause) {
    throw new CliError(`${url} does not answer: ${(cause as Error).message}.`, {
      advice: 'Is the server up, or "kubectl proxy"? Nothing was written.',
      exitCode: EXIT.unreachable,
      cause,
    });
  }
  const text = await response.text();
  if (!response.ok) return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
