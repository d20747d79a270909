import { putDocument } from '@poolkeeper/core';
import type { JobTicket, ProviderSpec, Resource, Role, Step, TokenQuota, WorldEvent } from '@poolkeeper/core';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { Registry } from 'prom-client';
import { randomBytes } from 'node:crypto';
import { askSealed } from '../configured-credentials.ts';
import type { ConfiguredCredentialsParts } from '../configured-credentials.ts';
import { createCredentialsPart } from '../credentials.ts';
import { createCredentialSeal } from '../seal/credential-seal.ts';
import { createSecretBox } from '../seal/secret-box.ts';
import { masterKeyOf } from '../seal/master-key.ts';
import { createApp } from '../http/app.ts';
import type { AppInput, Dialect } from '../http/app.ts';
import { createMetrics } from '../http/metrics.ts';
import type { Configurator, Notifications } from '../http/parts.ts';
import { hashSecret } from '../http/secrets.ts';
import { createRemoteWork } from '../remote-runners.ts';
import type { RemoteWorkParts } from '../runners/remote-work.ts';
import { WorldKeeper } from '../keeper/keeper.ts';
import { silentLogger } from '../logger.ts';
import { RunLogs } from '../run-log/run-logs.ts';
import type { ConfiguredProvider } from '../schemas/configuration-spec.ts';
import { createMemoryDisk } from '../store/memory/memory-disk.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { VirtualTime } from '../virtual-time.ts';
import { ControlledStore } from './controlled-store.ts';
import { rememberProviders } from './remember-providers.ts';
import { PLAIN_SEAL } from '../../core/testing/plain-seal.ts';
import { TestSigningKeys } from './test-signing-keys.ts';

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body, when it is JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read members of any answer
  readonly body: any;
  readonly text: string;
};
export type Call = { as?: string | null; body?: unknown; headers?: Record<string, string> };

const ROLES: readonly Role[] = ['admin', 'operator', 'holder', 'viewer', 'runner'];

/**
 * The HTTP application on a real keeper: a store in memory, time that a test moves, and a provider `maker` whose jobs all
 * succeed at once (`hand` registers). There is a token for each role, named like it.
 */
export class HttpHarness implements AsyncDisposable {
  readonly keeper: WorldKeeper;
  readonly app: FastifyInstance;
  readonly store: ControlledStore;
  readonly time: VirtualTime;
  readonly runLogs: RunLogs;
  /** What records are signed with, and what is published of it. */
  readonly signingKeys: TestSigningKeys;
  /** Secrets by the name of the token. */
  readonly secrets = new Map<string, string>();

  constructor(parts: {
    keeper: WorldKeeper;
    app: FastifyInstance;
    store: ControlledStore;
    time: VirtualTime;
    runLogs: RunLogs;
    signingKeys: TestSigningKeys;
  }) {
    this.keeper = parts.keeper;
    this.app = parts.app;
    this.store = parts.store;
    this.time = parts.time;
    this.runLogs = parts.runLogs;
    this.signingKeys = parts.signingKeys;
  }

  /** Sends a request without a socket, as the token of that name (`admin` where nothing is said, null for no token). */
  async call(method: Method, url: string, { as = 'admin', body, headers = {} }: Call = {}): Promise<Answer> {
    const response = await this.app.inject({
      method,
      url,
      headers: { ...this.bearer(as), ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    return {
      status: response.statusCode,
      headers: response.headers as Answer['headers'],
      text: response.payload,
      body:
        /\bjson\b|\+json/.test(String(response.headers['content-type'])) && response.payload !== ''
          ? response.json()
          : undefined,
    };
  }

  get = (url: string, call: Call = {}): Promise<Answer> => this.call('GET', url, call);
  post = (url: string, body: unknown, call: Call = {}): Promise<Answer> =>
    this.call('POST', url, { ...call, body });

  bearer(as: string | null): Record<string, string> {
    return as === null ? {} : { authorization: `Bearer ${this.secrets.get(as) ?? as}` };
  }

  async token(
    name: string,
    role: Role,
    more: {
      pools?: readonly string[];
      quota?: TokenQuota;
      ttlMs?: number;
      labels?: Record<string, string>;
    } = {},
  ): Promise<string> {
    const secret = `pk_${name}-${'x'.repeat(40)}`;
    const { id } = await this.keeper.ask({
      type: 'createToken',
      name,
      hash: hashSecret(secret),
      role,
      pools: more.pools ?? null,
      quota: more.quota ?? {},
      ...(more.labels === undefined ? {} : { labels: more.labels }),
      expiresAt: more.ttlMs === undefined ? null : this.time.now() + more.ttlMs,
    });
    this.secrets.set(name, secret);
    return id;
  }

  /** A pool of registered members `<name>-1`…; answers them. */
  async pool(name: string, members: number, labels: Record<string, string> = {}): Promise<Resource[]> {
    await this.keeper.ask({ type: 'putPool', name, merge: false, spec: { provider: 'hand' } });
    const made: Resource[] = [];
    for (let n = 1; n <= members; n += 1) {
      const endpoints = { http: `http://127.0.0.1:80${n}/` };
      const command = {
        type: 'registerResource',
        pool: name,
        name: `${name}-${n}`,
        labels,
        endpoints,
      } as const;
      made.push(await this.keeper.ask(command));
    }
    return made;
  }

  /** A pool whose members are entered by one step for runners of these labels; answers the members. */
  async steppedPool(
    name: string,
    runsOn: Record<string, string>,
    more: { members?: number; step?: Partial<Step> } = {},
  ): Promise<Resource[]> {
    const step: Step = {
      name: 'install',
      uses: 'exec',
      with: { command: ['true'] },
      timeoutMs: 60_000,
      retries: 0,
      if: null,
      onFailure: 'hold',
      runsOn,
      ...more.step,
    };
    const workflow = { name: `enter-${name}`, steps: [step], version: 1, createdAt: 0 };
    await this.keeper.read((world) => void putDocument(world, 'workflow', workflow.name, workflow));
    const spec = { provider: 'hand', on: { enter: { workflow: workflow.name } } };
    await this.keeper.ask({ type: 'putPool', name, merge: false, spec });
    const made: Resource[] = [];
    for (let n = 1; n <= (more.members ?? 1); n += 1) {
      made.push(await this.keeper.ask({ type: 'registerResource', pool: name, name: `${name}-${n}` }));
    }
    return made;
  }

  /** The number of the last event: nothing has changed as long as it stays. */
  lastEvent(): Promise<number> {
    return this.keeper.read((world) => world.meta.eventSeq);
  }

  events(after = 0): Promise<readonly WorldEvent[]> {
    return this.keeper.listEvents({ after, limit: 1_000 });
  }

  /** Looks again and again, letting ready work go on between, until the answer is not undefined. */
  async until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
    for (let turn = 0; turn < 500; turn += 1) {
      const seen = await look();
      if (seen !== undefined) return seen;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error('what was waited for did not come');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
    await this.runLogs[Symbol.asyncDispose]();
    await this.keeper[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }
}

/** What the harness seals secrets with. */
export const TEST_KEY = masterKeyOf(new Uint8Array(32).fill(7));

export type HttpOptions = Partial<AppInput> & {
  readonly onRoute?: (route: RouteOptions) => void;
  readonly remote?: Partial<RemoteWorkParts>;
  /** Makes what else the application serves, on its keeper. */
  readonly mount?: (keeper: WorldKeeper, time: VirtualTime) => readonly Dialect[];
};

export async function startHttp({ onRoute, mount, ...options }: HttpOptions = {}): Promise<HttpHarness> {
  const inner = await openMemoryStore(createMemoryDisk());
  await rememberProviders(inner);
  const store = new ControlledStore(inner);
  const time = new VirtualTime(1_700_000_000_000);
  const metrics = createMetrics(new Registry());
  const signingKeys = new TestSigningKeys();
  let nextId = 0;
  const newId = (prefix: string): string => `${prefix}_${String((nextId += 1)).padStart(6, '0')}`;
  const secretBox = createSecretBox([TEST_KEY], randomBytes);
  const credentialSeal = createCredentialSeal(secretBox);
  const keeper = new WorldKeeper({
    store,
    clock: time,
    timers: time,
    random: () => 0.5,
    ...PLAIN_SEAL,
    sealRecord: signingKeys.sealRecord,
    newId,
    defer: setImmediate,
    logger: silentLogger,
    probe: metrics.probe,
  });
  const runners = createRemoteWork(keeper, {
    clock: time,
    timers: time,
    logger: silentLogger,
    ...options.remote,
  });
  await keeper.start({
    accept: (ticket) => (ticket.step === null ? succeed(keeper, ticket) : runners.accept(ticket)),
    drop: (job) => runners.drop(job),
    look: () => {},
    [Symbol.asyncDispose]: async () => {},
  });
  const runLogs = new RunLogs({ store: store.runLog, clock: time, timers: time, logger: silentLogger });
  const app = createApp({
    keeper,
    runLogs,
    configurator: configuratorOf(keeper, { keeper, seal: credentialSeal, newId }),
    notifications: NO_NOTIFICATIONS,
    secretSeal: secretBox,
    credentials: createCredentialsPart(credentialSeal, newId),
    signingKeys,
    runners,
    metrics,
    timers: time,
    logger: silentLogger,
    version: '0.0.0-test',
    bootId: 'boot',
    ...(mount === undefined ? {} : { dialects: mount(keeper, time) }),
    ...options,
  });
  if (onRoute !== undefined) app.addHook('onRoute', onRoute);
  await app.ready();
  const harness = new HttpHarness({ keeper, app, store, time, runLogs, signingKeys });
  for (const role of ROLES) await harness.token(role, role);
  return harness;
}

/** Nobody is told of anything; what is sealed shows no secret. */
const NO_NOTIFICATIONS: Notifications = {
  sendsMail: true,
  sealSecret: (webhook, secret) => `sealed for ${webhook}: ${hashSecret(secret)}`,
  sentThrough: () => undefined,
  test: async () => ({ isDelivered: false, error: 'Nobody answers there: nothing listens.', durationMs: 3 }),
};

/** Providers open themselves nowhere; those of driver `static` make nothing, and all others make. */
function configuratorOf(keeper: WorldKeeper, sealing: ConfiguredCredentialsParts): Configurator {
  const specOf = ({ name, driver, ...options }: ConfiguredProvider): ProviderSpec => ({
    name,
    driver,
    makes: driver !== 'static',
    options,
  });
  return {
    plan: ({ providers: entries, pools: given, ...rest }) => {
      const providers = entries.map(specOf);
      return askSealed(sealing, given, (pools) =>
        keeper.ask({ type: 'planConfiguration', providers, pools, ...rest }),
      );
    },
    apply: ({ providers: entries, pools: given, ...rest }) => {
      const providers = entries.map(specOf);
      return askSealed(sealing, given, (pools) =>
        keeper.ask({ type: 'configure', providers, pools, ...rest }),
      );
    },
    putProvider: (entry, version) =>
      keeper.ask({ type: 'putProvider', spec: specOf(entry), ...(version === undefined ? {} : { version }) }),
  };
}

/** Has a job succeed; one of a template that says `stuck` never ends. */
function succeed(keeper: WorldKeeper, { job, template }: JobTicket): void {
  if (template?.['stuck'] === true) return;
  const observation = {
    resource: job.resource,
    externalId: `ext-${job.resource}`,
    machine: 'RUNNING',
    liveness: 'LIVE',
    addresses: ['127.0.0.1'],
    endpoints: { http: 'http://127.0.0.1:8080/' },
  } as const;
  const outcome =
    job.kind === 'create' ? ({ result: 'created', observation } as const) : ({ result: 'gone' } as const);
  // A keeper that stops meanwhile hands the job out again.
  void keeper.ask({ type: 'finishJob', job: job.id, outcome }).catch(() => {});
}
