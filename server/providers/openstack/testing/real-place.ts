import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '@poolkeeper/core';
import { systemTimers } from '../../../system-clock.ts';
import { sleep } from '../../../timers.ts';
import type { ProviderPlace } from '../../contract-suite.ts';
import type { Provider } from '../../contract.ts';
import { openProvider } from '../../open-provider.ts';
import { aProviderContext } from '../../test-context.ts';
import { asObject, asText } from '../test-service.ts';

/** How a cloud is reached, as `real-cloud.sh` writes it down. */
export type RealCloud = { readonly settings: JsonObject; readonly template: JsonObject };

const GONE_MS_MAX = 120_000;
const LOOK_AGAIN_MS = 500;

/** A cloud as somebody sees it who is no provider of ours: for counting, and for what others do to it. */
export class RealEye {
  readonly #cloud: RealCloud;
  #session: { token: string; user: string; compute: string } | undefined;

  constructor(cloud: RealCloud) {
    this.#cloud = cloud;
  }

  get #auth(): { keystoneUrl: string; v3Credentials: Record<string, string> } {
    return this.#cloud.settings['auth'] as { keystoneUrl: string; v3Credentials: Record<string, string> };
  }

  /** Servers of the project whose metadata has this, which nobody asked the end of. Every page is read. */
  async servers(name: string, text: string): Promise<{ id: string; metadata: Record<string, string> }[]> {
    const found = [];
    let marker = '';
    for (;;) {
      const { body } = await this.call('GET', `/servers/detail${marker === '' ? '' : `?marker=${marker}`}`);
      const servers = body['servers'] as { id: string; metadata: Record<string, string> }[];
      found.push(...servers);
      if (servers.length === 0) break;
      marker = servers.at(-1)?.id ?? '';
    }
    return found.filter(
      (server) =>
        server.metadata[name] === text && asObject(server as Json)['OS-EXT-STS:task_state'] !== 'deleting',
    );
  }

  /** Asks Nova, with a login of its own. */
  async call(method: string, path: string, body?: Json): Promise<{ status: number; body: JsonObject }> {
    const { token, compute } = await this.#logIn();
    const headers = { 'x-auth-token': token, 'openstack-api-version': 'compute 2.47' };
    return this.#fetch(method, `${compute}${path}`, { headers, body });
  }

  /** Changes the password and back again: every token that was given out is worthless then. */
  async revokeTokens(): Promise<void> {
    const { password = '' } = this.#auth.v3Credentials;
    const other = `${password}-2`;
    for (const [before, after] of [
      [password, other],
      [other, password],
    ] as const) {
      this.#session = undefined;
      const { token, user } = await this.#logIn(before);
      const path = `${this.#auth.keystoneUrl}/users/${user}/password`;
      const change = { user: { password: after, original_password: before } };
      const { status } = await this.#fetch('POST', path, {
        headers: { 'x-auth-token': token },
        body: change,
      });
      if (status !== 204) throw new Error(`the password could not be changed: ${status}`);
    }
    this.#session = undefined;
  }

  async #logIn(given?: string): Promise<{ token: string; user: string; compute: string }> {
    if (this.#session !== undefined) return this.#session;
    const { userName, userDomainName, password, projectName, projectDomainName } = this.#auth.v3Credentials;
    const user = { name: userName, domain: { name: userDomainName }, password: given ?? password };
    const scope = { project: { name: projectName, domain: { name: projectDomainName } } };
    const auth = { identity: { methods: ['password'], password: { user } }, scope };
    const path = `${this.#auth.keystoneUrl}/auth/tokens`;
    const { headers, body } = await this.#fetch('POST', path, { headers: {}, body: { auth } as Json });
    const token = asObject(body['token']);
    const catalog = token['catalog'] as { type: string; endpoints: { interface: string; url: string }[] }[];
    const compute = catalog
      .find(({ type }) => type === 'compute')
      ?.endpoints.find((one) => one.interface === 'public');
    this.#session = {
      token: headers.get('x-subject-token') ?? '',
      user: asText(asObject(token['user'])['id']),
      compute: compute?.url ?? '',
    };
    return this.#session;
  }

  async #fetch(
    method: string,
    url: string,
    { headers, body }: { headers: Record<string, string>; body: Json | undefined },
  ): Promise<{ status: number; headers: Headers; body: JsonObject }> {
    const response = await fetch(url, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? {} : (JSON.parse(text) as JsonObject),
    };
  }
}

/** One place in a real cloud: a mark of its own, and resources whose ids no other place has. */
export function realPlace(
  cloud: RealCloud,
  { eye, idPrefix, options = {} }: { eye: RealEye; idPrefix: string; options?: JsonObject },
): ProviderPlace {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'poolkeeper-real-openstack-'));
  const marks = new Set<string>();
  const open = async (): Promise<Provider> =>
    openProvider(
      { name: 'cloud', driver: 'openstack', settings: cloud.settings, ...options },
      aProviderContext({ dataDirectory }),
    );
  return {
    open,
    template: cloud.template,
    refused: [
      [{ ...cloud.template, image: 7 }, '/image'],
      [{ ...cloud.template, flavour: 'x' }, '/flavour'],
    ],
    idPrefix,
    cutsAfterMs: [20, 150, 400],
    count: async (resource) => {
      marks.add(resource);
      return (await eye.servers('poolkeeper:resource', resource)).length;
    },
    cleanUp: async () => {
      for (const number of [1, 2, 3]) marks.add(`${idPrefix}${number}`);
      for (const resource of marks) await removeAll(eye, resource);
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** Errors: `Error` when a server is still there after a while. */
export async function removeAll(eye: RealEye, resource: string): Promise<void> {
  for (let waitedMs = 0; waitedMs <= GONE_MS_MAX; waitedMs += LOOK_AGAIN_MS) {
    const left = await eye.servers('poolkeeper:resource', resource);
    if (left.length === 0) return;
    for (const { id } of left) await eye.call('DELETE', `/servers/${id}`);
    await sleep(systemTimers, LOOK_AGAIN_MS);
  }
  throw new Error(`servers of ${resource} are still there`);
}
