import type { Json } from '@poolkeeper/core';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { ofObjects } from './kubernetes-objects.ts';
import type { BoskosObjects } from './kubernetes-objects.ts';

/** How long one answer may take, in milliseconds. */
const ANSWER_MS_MAX = 30_000;
/** Characters of an answer that an error repeats. */
const SHOWN_LENGTH_MAX = 300;

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
  const { base, headers } = readAddress(source);
  const ask = (path: string): Promise<Answer> => askAddress(context, `${base}${path}`, headers);
  const objects = `/apis/boskos.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}`;
  const lists = [await ask(`${objects}/resources`), await ask(`${objects}/dynamicresourcelifecycles`)];
  const refused = lists.find(({ status }) => status !== 200);
  if (refused !== undefined) throw strange(refused);
  // A Boskos answers every path with nothing.
  if (lists.some(({ text }) => text !== '')) return { ...ofObjects(lists.map(jsonOf)), advice: [] };
  const advice = [
    `${base} is a Boskos, whose HTTP names no resources: what they are comes from its configuration file, and how they stand from its objects in Kubernetes. Give them too with --from.`,
  ];
  for (const type of types) {
    const counts = await ask(`/metric?type=${encodeURIComponent(type)}`);
    if (counts.status === 200) advice.push(`type ${type} at ${base}: ${JSON.stringify(jsonOf(counts))}`);
    else if (counts.status !== 404) throw strange(counts);
  }
  return { types: [], resources: [], advice };
}

/** A user and a password in an address are shown to the server, and to nobody else. */
function readAddress(source: string): { base: string; headers: Record<string, string> } {
  const url = URL.parse(source);
  if (url === null) {
    throw new CliError(`${source} is no address.`, {
      advice: 'Give one such as http://127.0.0.1:8001, as "kubectl proxy" says it.',
      exitCode: EXIT.usage,
    });
  }
  const { username, password } = url;
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  [url.username, url.password] = ['', ''];
  const headers = { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  return { base: url.href.replace(/\/+$/, ''), headers: username === '' ? {} : headers };
}

type Answer = { readonly url: string; readonly status: number; readonly text: string };

async function askAddress(
  { fetch }: Pick<CliContext, 'fetch'>,
  url: string,
  headers: Record<string, string>,
): Promise<Answer> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    return { url, status: response.status, text: await response.text() };
  } catch (cause) {
    throw new CliError(`${url} does not answer: ${reasonOf(cause)}.`, {
      advice: 'Is the server up, or "kubectl proxy"? Nothing was written.',
      exitCode: EXIT.unreachable,
      cause,
    });
  }
}

/** Errors: `CliError` for what is no object of JSON. */
function jsonOf(answer: Answer): Json {
  try {
    const value = JSON.parse(answer.text) as Json;
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // It is told below.
  }
  throw strange(answer);
}

function strange({ url, status, text }: Answer): CliError {
  const shown = text.trim().slice(0, SHOWN_LENGTH_MAX);
  return new CliError(`${url} answers ${status}${shown === '' ? '' : `: ${shown}`}`, {
    advice:
      'Give the address of a Kubernetes API where the objects may be read, such as that of "kubectl proxy", or of a Boskos; ' +
      'a user and a password go into it, as in http://USER:PASSWORD@HOST. Nothing was written.',
    exitCode: EXIT.usage,
  });
}

/** The system says why in the cause of what fetch throws. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
