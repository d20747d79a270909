import { randomBytes } from 'node:crypto';
import type { Json, JsonObject } from '@poolkeeper/core';
import { systemClock } from '../../system-clock.ts';
import { asObject, asText } from './test-service.ts';
import type { TestAnswer, TestCall } from './test-service.ts';

export const PASSWORD = 'correct-horse-battery';

/** Keystone with one user in one project: v3 and v2 logins, tokens that expire, a catalogue of two regions. */
export class TestKeystone {
  tokenLifeMs = 3_600_000;
  /** How far its clock is ahead. */
  skewMs = 0;
  password = PASSWORD;
  /** Types of services that the catalogue leaves out. */
  readonly without = new Set<string>();
  /** Logins that were taken, and bodies of all. */
  logins = 0;
  readonly #tokens = new Map<string, number>();
  readonly #url: () => string;

  constructor(url: () => string) {
    this.#url = url;
  }

  answer({ method, path, body }: TestCall): TestAnswer {
    if (method === 'POST' && path === '/v3/auth/tokens') return this.#logInV3(asObject(body['auth']));
    if (method === 'POST' && path === '/v2.0/tokens') return this.#logInV2(asObject(body['auth']));
    return { status: 404, body: { error: { code: 404, message: 'Not Found' } } };
  }

  isGood(token: unknown): boolean {
    return typeof token === 'string' && (this.#tokens.get(token) ?? 0) > systemClock.now();
  }

  /** Every token that was given out is worthless now, though it says otherwise. */
  revokeAll(): void {
    this.#tokens.clear();
  }

  #logInV3(auth: JsonObject): TestAnswer {
    const identity = asObject(auth['identity']);
    const user = asObject(asObject(identity['password'])['user']);
    const project = asObject(asObject(auth['scope'])['project']);
    const isUser = user['id'] === 'u1' || (user['name'] === 'ann' && isDomain(user['domain']));
    const isProject = project['id'] === 'p1' || (project['name'] === 'web' && isDomain(project['domain']));
    if (!isUser || !isProject || user['password'] !== this.password)
      return this.#refuse(asText(user['password']));
    const { token, issuedAt, expiresAt } = this.#issue();
    const catalog = this.#services().map(({ type, regions }) => ({
      type,
      name: type,
      endpoints: regions.flatMap(({ region, url }) =>
        ['admin', 'public', 'internal'].map((name) => ({
          interface: name,
          region,
          region_id: region,
          url: name === 'public' ? url : `http://127.0.0.1:9/${name}`,
        })),
      ),
    }));
    const body = { token: { methods: ['password'], issued_at: issuedAt, expires_at: expiresAt, catalog } };
    return { status: 201, body, headers: { 'x-subject-token': token } };
  }

  #logInV2(auth: JsonObject): TestAnswer {
    const { username, password } = asObject(auth['passwordCredentials']);
    if (auth['tenantName'] !== 'web' || username !== 'ann' || password !== this.password) {
      return this.#refuse(asText(password));
    }
    const { token, issuedAt, expiresAt } = this.#issue();
    const serviceCatalog = this.#services().map(({ type, regions }) => ({
      type,
      endpoints: regions.map(({ region, url }) => ({ region, publicURL: url })),
    }));
    const access = { token: { id: token, issued_at: issuedAt, expires: expiresAt }, serviceCatalog };
    return { status: 200, body: { access } as Json };
  }

  /** A careless Keystone, which repeats what it was told. */
  #refuse(password: string): TestAnswer {
    const message = `The request you have made requires authentication. (${password})`;
    return { status: 401, body: { error: { code: 401, title: 'Unauthorized', message } } };
  }

  #issue(): { token: string; issuedAt: string; expiresAt: string } {
    this.logins += 1;
    const token = `gAAAA${randomBytes(24).toString('base64url')}`;
    const now = systemClock.now();
    this.#tokens.set(token, now + this.tokenLifeMs);
    const said = (at: number): string => new Date(at + this.skewMs).toISOString();
    return { token, issuedAt: said(now), expiresAt: said(now + this.tokenLifeMs) };
  }

  #services(): { type: string; regions: { region: string; url: string }[] }[] {
    const here = { compute: '/compute/v2.1/p1', image: '/image', network: '/network' };
    return Object.entries(here)
      .filter(([type]) => !this.without.has(type))
      .map(([type, path]) => ({
        type,
        regions: [
          { region: 'south', url: `http://127.0.0.1:9${path}` },
          { region: 'north', url: `${this.#url()}${path}` },
        ],
      }));
  }
}

function isDomain(value: Json | undefined): boolean {
  const { id, name } = asObject(value);
  return id === 'default' || name === 'Default';
}
