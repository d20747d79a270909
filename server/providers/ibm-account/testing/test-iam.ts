import { randomBytes } from 'node:crypto';
import type { JsonObject } from '@poolkeeper/core';
import type { Clock } from '../../../timers.ts';
import type { Things } from './things.ts';
import { NOT_FOUND, PAGE_SIZE, asText, iamFault, pageAt, partsOf } from './wire.ts';
import type { TestCall, TestReply } from './wire.ts';

export const ACCOUNT = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const CLIENT = `Basic ${Buffer.from('bx:bx').toString('base64')}`;
const NO_KEY = iamFault(400, 'BXNIM0415E', 'Provided API key could not be found');

type Key = JsonObject & { readonly id: string; readonly apikey: string };
type Grant = { readonly iamId: string; readonly expiresAt: number };

/** IAM: tokens that end, keys with locks that are known only after some seconds, and everything that says who may do what. */
export class TestIam {
  tokenLifeMs = 3_600_000;
  /** How long a new key is not known yet. */
  propagationMs = 3_000;
  logins = 0;
  refreshes = 0;
  /** Users by name: a password, or why theirs is not taken. */
  readonly users = new Map<
    string,
    { readonly iamId: string; readonly password: string; readonly says?: string }
  >();
  readonly keys: Key[] = [];
  readonly #usableAt = new Map<string, number>();
  readonly #tokens = new Map<string, Grant>();
  readonly #refresh = new Map<string, string>();
  readonly #things: Things;
  readonly #clock: Clock;

  constructor(things: Things, clock: Clock) {
    this.#things = things;
    this.#clock = clock;
  }

  /** Makes a key as if somebody had long had it. Answers its value. */
  makeKey(id: string, iamId: string, more: JsonObject = {}): string {
    const apikey = `secret-${randomBytes(18).toString('base64url')}`;
    const said = {
      id,
      name: id,
      iam_id: iamId,
      account_id: ACCOUNT,
      locked: false,
      disabled: false,
      ...more,
    };
    this.keys.push({
      ...said,
      crn: `crn:v1:bluemix:public:iam-identity::a/${ACCOUNT}::apikey:${id}`,
      apikey,
    });
    return apikey;
  }

  isGood(authorization: unknown): boolean {
    const token = String(authorization).replace('Bearer ', '');
    return (this.#tokens.get(token)?.expiresAt ?? 0) > this.#clock.now();
  }

  isRefresh(token: unknown): boolean {
    return this.#refresh.has(String(token));
  }

  revokeTokens(): void {
    this.#tokens.clear();
  }

  revokeRefreshTokens(): void {
    this.#refresh.clear();
  }

  token({ headers }: TestCall, form: URLSearchParams): TestReply {
    const grant = form.get('grant_type');
    const isClient = headers['authorization'] === CLIENT;
    if (grant === 'urn:ibm:params:oauth:grant-type:apikey') {
      const key = this.#find(form.get('apikey') ?? '');
      if (key === undefined) return NO_KEY;
      if (key['disabled'] === true) return iamFault(400, 'BXNIM0437E', 'Provided API key is disabled');
      return this.#issue(asText(key['iam_id']), isClient);
    }
    if (!isClient) return iamFault(401, 'BXNIM0602E', 'Client authentication is needed');
    if (grant === 'password') {
      const user = this.users.get(form.get('username') ?? '');
      if (user?.says !== undefined) return iamFault(400, 'BXNIM0606E', user.says);
      if (user === undefined || user.password !== form.get('password')) {
        return iamFault(400, 'BXNIM0602E', `User or password (${form.get('password')}) is not right`);
      }
      return this.#issue(user.iamId, true);
    }
    const iamId = this.#refresh.get(form.get('refresh_token') ?? '');
    if (iamId === undefined) return iamFault(400, 'BXNIM0407E', 'Provided refresh token is invalid');
    this.refreshes += 1;
    return this.#issue(iamId, true);
  }

  answer(call: TestCall): TestReply {
    const [, kind, id, part] = partsOf(call.path);
    if (kind === 'apikeys') return this.#keys(call, id, part);
    if (kind === 'serviceids' || kind === 'profiles') return this.#identities(call, { kind, id, part });
    if (kind === 'policies') return this.#policies(call, id);
    if (kind === 'groups') return this.#groups(call, id);
    if (kind !== 'roles') return NOT_FOUND;
    if (call.method === 'DELETE') return this.#end('roles', id);
    const roles = this.#things.list('roles').map(({ said }) => said);
    return {
      status: 200,
      body: { custom_roles: roles, system_roles: [{ id: 'Viewer' }], service_roles: [] },
    };
  }

  #keys({ method, query, headers, body }: TestCall, id?: string, part?: string): TestReply {
    if (id === 'details') {
      const key = this.#find(String(headers['iam-apikey']));
      return key === undefined ? NO_KEY : { status: 200, body: shown(key) };
    }
    if (method === 'POST') return this.#create(body, headers['entity-lock'] === 'true');
    if (method === 'GET') {
      const isService = (key: Key): boolean => asText(key['iam_id']).startsWith('iam-ServiceId');
      const type = query.get('type');
      const all = this.keys.filter((key) =>
        query.get('scope') === 'account'
          ? (type === 'serviceid') === isService(key)
          : key['iam_id'] === query.get('iam_id'),
      );
      return this.#page('apikeys', all.map(shown), query);
    }
    const at = this.keys.findIndex((key) => key.id === id);
    const key = this.keys[at];
    if (key === undefined) return iamFault(404, 'BXNIM0415E', 'Provided API key could not be found');
    if (part === 'lock') {
      this.keys[at] = { ...key, locked: false };
      return { status: 204 };
    }
    if (key['locked'] === true) return iamFault(409, 'BXNIM0453E', 'The API key is locked');
    this.keys.splice(at, 1);
    return { status: 204 };
  }

  #create(body: JsonObject, isLocked: boolean): TestReply {
    const isService = asText(body['iam_id']).startsWith('iam-ServiceId');
    if ('store_value' in body && !isService) {
      return iamFault(400, 'BXNIM0109E', 'store_value is for service ids');
    }
    if (this.keys.filter((key) => key['iam_id'] === body['iam_id']).length >= 20) {
      return iamFault(400, 'BXNIM0440E', 'Too many API keys');
    }
    const id = `ApiKey-${randomBytes(8).toString('hex')}`;
    const apikey = this.makeKey(id, asText(body['iam_id']), { ...body, locked: isLocked });
    this.#usableAt.set(apikey, this.#clock.now() + this.propagationMs);
    return { status: 201, body: this.keys.at(-1) ?? {} };
  }

  #identities(
    { method, query }: TestCall,
    { kind, id, part }: { kind: string; id?: string | undefined; part?: string | undefined },
  ): TestReply {
    if (method === 'GET')
      return this.#page(
        kind,
        this.#things.list(kind).map(({ said }) => said),
        query,
      );
    const thing = this.#things.find(kind, id ?? '');
    if (thing === undefined) return NOT_FOUND;
    if (part === 'lock') {
      thing.said = { ...thing.said, locked: false };
      return { status: 204 };
    }
    if (thing.said['locked'] === true) return iamFault(409, 'BXNIM0453E', 'The service id is locked');
    this.#things.end(thing);
    return { status: 204 };
  }

  #policies({ method, query }: TestCall, id?: string): TestReply {
    if (method === 'DELETE') return this.#end('policies', id);
    const all = this.#things.list('policies').filter(({ said }) => said['type'] === query.get('type'));
    const { page, next } = pageAt(
      all.map(({ said }) => said),
      query.get('start'),
    );
    const href = `https://iam.cloud.ibm.com/v1/policies?account_id=${ACCOUNT}&start=${next}`;
    return {
      status: 200,
      body: { policies: page, ...(next === undefined ? {} : { next: { href, start: next } }) },
    };
  }

  #groups({ method, query }: TestCall, id?: string): TestReply {
    if (method === 'DELETE') {
      if (query.get('force') !== 'true') return iamFault(400, 'group_not_empty', 'The group has members');
      return this.#end('groups', id);
    }
    const member = query.get('iam_id');
    const all = this.#things
      .list('groups')
      .map(({ said }) => said)
      .filter(
        ({ members }) => member === null || (members as readonly string[] | undefined)?.includes(member),
      );
    const at = Number(query.get('offset'));
    const page = all.slice(at, at + PAGE_SIZE);
    return { status: 200, body: { groups: page, offset: at, limit: PAGE_SIZE, total_count: all.length } };
  }

  #end(kind: string, id = ''): TestReply {
    const thing = this.#things.find(kind, id);
    if (thing === undefined) return NOT_FOUND;
    this.#things.end(thing);
    return { status: 204 };
  }

  #page(name: string, all: readonly JsonObject[], query: URLSearchParams): TestReply {
    const { page, next } = pageAt(all, query.get('pagetoken'));
    const link = `https://iam.cloud.ibm.com/v1/${name}?pagetoken=${next}`;
    return {
      status: 200,
      body: { offset: 0, limit: PAGE_SIZE, [name]: page, ...(next === undefined ? {} : { next: link }) },
    };
  }

  #find(apikey: string): Key | undefined {
    if ((this.#usableAt.get(apikey) ?? 0) > this.#clock.now()) return undefined;
    return this.keys.find((key) => key.apikey === apikey);
  }

  #issue(iamId: string, isClient: boolean): TestReply {
    this.logins += 1;
    const claims = { iam_id: iamId, account: { bss: ACCOUNT } };
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    const access = `eyJhbGciOiJSUzI1NiJ9.${payload}.${randomBytes(18).toString('base64url')}`;
    const refresh = isClient ? `refresh-${randomBytes(18).toString('base64url')}` : 'not_supported';
    this.#tokens.set(access, { iamId, expiresAt: this.#clock.now() + this.tokenLifeMs });
    if (isClient) this.#refresh.set(refresh, iamId);
    const expires_in = Math.floor(this.tokenLifeMs / 1_000);
    return {
      status: 200,
      body: {
        access_token: access,
        refresh_token: refresh,
        token_type: 'Bearer',
        expires_in,
        scope: 'ibm openid',
      },
    };
  }
}

function shown({ apikey: _apikey, ...said }: Key): JsonObject {
  return said;
}
