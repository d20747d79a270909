import type { Json, JsonObject } from '@poolkeeper/core';
import { ProviderRefused, ProviderTransient } from '../contract.ts';
import { exchange } from './exchange.ts';
import type { Answer, Wire } from './exchange.ts';
import { isObject } from './settings.ts';
import type { Credentials, NameInDomain, Settings } from './settings.ts';

/** Which of a service's addresses is used. */
export const INTERFACES = ['public', 'internal', 'admin'] as const;
export type Interface = (typeof INTERFACES)[number];

/** What a login leads to. */
export type Session = {
  /** Secret. */
  readonly token: string;
  /** By the clock of this server, in milliseconds UTC. */
  readonly expiresAt: number;
  /** By type of service: its address in the region. */
  readonly endpoints: ReadonlyMap<string, string>;
};

type LoginInput = {
  readonly wire: Wire;
  readonly settings: Settings;
  readonly interface: Interface;
};

/** How long a token is believed to be good where Keystone does not say it in a way that can be read. Milliseconds. */
const LIFE_MS_DEFAULT = 10 * 60_000;

/**
 * Logs in to Keystone, and finds the services of the region in its catalogue.
 *
 * Errors: `ProviderRefused` when Keystone does not take the credentials, or has no such region; `ProviderTransient` when it
 * does not answer as Keystone does; the signal's reason. Messages hold no credentials.
 */
export async function logIn(input: LoginInput, signal: AbortSignal): Promise<Session> {
  const { keystoneUrl, credentials } = input.settings;
  return credentials.kind === 'v3'
    ? logInV3(input, withVersion(keystoneUrl, 'v3'), signal)
    : logInV2(input, withVersion(keystoneUrl, 'v2.0'), signal);
}

async function logInV3(input: LoginInput, url: string, signal: AbortSignal): Promise<Session> {
  const { credentials } = input.settings;
  const body = { auth: v3Body(credentials as Credentials & { kind: 'v3' }) };
  const answer = await ask(input, { url: `${url}/auth/tokens`, body }, signal);
  const subject = answer.headers.get('x-subject-token');
  const token = isObject(answer.body) ? answer.body['token'] : undefined;
  if (subject === null || !isObject(token)) throw notKeystone(url);
  const entries = listOf(token['catalog']).flatMap(({ type, endpoints }) =>
    listOf(endpoints)
      .filter((endpoint) => endpoint['interface'] === input.interface)
      .map((endpoint) => ({
        type,
        region: endpoint['region_id'] ?? endpoint['region'],
        url: endpoint['url'],
      })),
  );
  return {
    token: subject,
    expiresAt: expiryOf(input.wire, token['issued_at'], token['expires_at']),
    endpoints: endpointsOf(input, entries),
  };
}

async function logInV2(input: LoginInput, url: string, signal: AbortSignal): Promise<Session> {
  const { tenantName, userName, password } = input.settings.credentials as Credentials & { kind: 'v2' };
  const body = { auth: { tenantName, passwordCredentials: { username: userName, password } } };
  const answer = await ask(input, { url: `${url}/tokens`, body }, signal);
  const access = isObject(answer.body) ? answer.body['access'] : undefined;
  const token = isObject(access) ? access['token'] : undefined;
  if (!isObject(access) || !isObject(token) || typeof token['id'] !== 'string') throw notKeystone(url);
  const entries = listOf(access['serviceCatalog']).flatMap(({ type, endpoints }) =>
    listOf(endpoints).map((endpoint) => ({
      type,
      region: endpoint['region'],
      url: endpoint[`${input.interface}URL`],
    })),
  );
  return {
    token: token['id'],
    expiresAt: expiryOf(input.wire, token['issued_at'], token['expires']),
    endpoints: endpointsOf(input, entries),
  };
}

async function ask(
  { wire }: LoginInput,
  { url, body }: { readonly url: string; readonly body: JsonObject },
  signal: AbortSignal,
): Promise<Answer> {
  const answer = await exchange(wire, { method: 'POST', url, headers: {}, body }, signal);
  if (answer.status === 200 || answer.status === 201) return answer;
  if (answer.status === 401 || answer.status === 403) {
    throw new ProviderRefused(
      `Keystone at ${url} does not take the credentials (${answer.status}). Correct settings.auth: user, domain, project and password.`,
    );
  }
  // What it says is left out: it may repeat what it was asked.
  if (answer.status === 400 || answer.status === 404) {
    throw new ProviderRefused(
      `Keystone at ${url} answered ${answer.status} to a login. See that settings.auth.keystoneUrl is its address, and that it speaks the version of the credentials.`,
    );
  }
  throw new ProviderTransient(
    `Keystone at ${url} answered ${answer.status} to a login. See that it is well.`,
  );
}

function v3Body({ user, project, password }: Credentials & { kind: 'v3' }): JsonObject {
  return {
    identity: { methods: ['password'], password: { user: { ...namedAs(user), password } } },
    scope: { project: namedAs(project) },
  };
}

function namedAs(who: { readonly id: string } | NameInDomain): JsonObject {
  return 'id' in who ? { id: who.id } : { name: who.name, domain: { ...who.domain } };
}

function endpointsOf(
  { settings: { region }, interface: wanted }: LoginInput,
  entries: readonly {
    readonly type: Json | undefined;
    readonly region: Json | undefined;
    readonly url: Json | undefined;
  }[],
): ReadonlyMap<string, string> {
  const endpoints = new Map<string, string>();
  for (const entry of entries) {
    const { type, url } = entry;
    if (entry.region !== region || typeof type !== 'string' || typeof url !== 'string') continue;
    if (!endpoints.has(type) && URL.canParse(url)) endpoints.set(type, url.replace(/\/+$/, ''));
  }
  if (endpoints.has('compute')) return endpoints;
  const regions = [...new Set(entries.map((entry) => entry.region))].filter(
    (name) => typeof name === 'string',
  );
  throw new ProviderRefused(
    `The catalogue of Keystone has no ${wanted} address of a compute service in region "${region}". Correct settings.region: it knows ${regions.length === 0 ? 'no region' : regions.join(', ')}.`,
  );
}

/** The life of a token counts, not the instant: the clocks of two machines differ. */
function expiryOf(wire: Wire, issued: Json | undefined, expires: Json | undefined): number {
  const instant = (value: Json | undefined): number =>
    typeof value === 'string' ? Date.parse(value) : Number.NaN;
  const lifeMs = instant(expires) - instant(issued);
  return wire.clock.now() + (Number.isFinite(lifeMs) && lifeMs > 0 ? lifeMs : LIFE_MS_DEFAULT);
}

function notKeystone(url: string): ProviderTransient {
  return new ProviderTransient(
    `${url} answered a login, and not as Keystone does. Correct settings.auth.keystoneUrl of the provider.`,
  );
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((entry: Json) => isObject(entry)) : [];
}

/** The address of a version of an API: clouds name it with the version and without. */
export function withVersion(url: string, version: string): string {
  return /\/v\d+(\.\d+)?$/.test(url) ? url : `${url}/${version}`;
}
