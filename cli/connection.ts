import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CliError } from './cli-error.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit-codes.ts';

/** The server to talk to, and by what right. */
export type Connection = { readonly url: string; readonly token: string | null };

const URL_DEFAULT = 'http://127.0.0.1:7420';
const DATA_DIRECTORY_DEFAULT = 'poolkeeper-data';

/**
 * Finds the server: what the options say, else the environment, else what a server of this machine left in its data
 * directory (`$POOLKEEPER_DATA`, or `poolkeeper-data` in the working directory).
 *
 * A local admin token goes to the server that wrote it and to nobody else; a directory that merely lies in the working
 * directory cannot send a token of the environment anywhere but to this machine.
 * Errors: `CliError`.
 */
export function findConnection(
  context: Pick<CliContext, 'environment' | 'workingDirectory'>,
  options: { readonly url?: string | undefined; readonly token?: string | undefined },
): Connection {
  const { environment } = context;
  const local = findLocalServer(context);
  const said = options.url ?? nonEmpty(environment['POOLKEEPER_URL']);
  const url = said === undefined ? (local?.url ?? URL_DEFAULT) : requireUrl(said);
  const token = options.token ?? nonEmpty(environment['POOLKEEPER_TOKEN']) ?? tokenOfFile(context);
  return { url, token: token ?? (local?.url === url ? local.token : null) };
}

type LocalServer = { readonly url: string; readonly token: string | null };

function findLocalServer({
  environment,
  workingDirectory,
}: Pick<CliContext, 'environment' | 'workingDirectory'>): LocalServer | undefined {
  const named = nonEmpty(environment['POOLKEEPER_DATA']);
  const directory = resolve(workingDirectory, named ?? DATA_DIRECTORY_DEFAULT);
  const url = urlOf(readText(join(directory, 'server.json')));
  if (url === undefined || (named === undefined && !isLoopback(url))) return undefined;
  return { url, token: nonEmpty(readText(join(directory, 'admin.token'))?.trim()) ?? null };
}

function urlOf(text: string | undefined): string | undefined {
  try {
    const { url } = JSON.parse(text ?? '{}') as { readonly url?: unknown };
    return typeof url === 'string' ? parseUrl(url) : undefined;
  } catch {
    return undefined;
  }
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

function tokenOfFile({
  environment,
  workingDirectory,
}: Pick<CliContext, 'environment' | 'workingDirectory'>): string | undefined {
  const file = nonEmpty(environment['POOLKEEPER_TOKEN_FILE']);
  if (file === undefined) return undefined;
  const token = nonEmpty(readText(resolve(workingDirectory, file))?.trim());
  if (token !== undefined) return token;
  throw new CliError(`The file ${file} that POOLKEEPER_TOKEN_FILE names holds no token, or cannot be read.`, {
    advice: 'Correct the path, or give the token with --token or POOLKEEPER_TOKEN.',
    exitCode: EXIT.usage,
  });
}

function requireUrl(text: string): string {
  const url = parseUrl(text);
  if (url !== undefined) return url;
  throw new CliError(`${JSON.stringify(text)} is not the address of a server.`, {
    advice: `Give --url or POOLKEEPER_URL as http://HOST:PORT or https://HOST:PORT, such as ${URL_DEFAULT}.`,
    exitCode: EXIT.usage,
  });
}

/** Without a slash at its end, so that paths can follow. */
function parseUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
