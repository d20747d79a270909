import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Json, Resource } from '@poolkeeper/core';
import { PLAIN_SEAL } from '../../../../core/testing/plain-seal.ts';
import { bootAcctpool } from '../../../acctpool-boot.ts';
import type { AccountCleaner } from '../../../config/acctpool-settings.ts';
import { createStepCredentials } from '../../../credentials.ts';
import { createJobRunner } from '../../../jobs/job-runner.ts';
import { openLeaseCredentials } from '../../../lease-credentials.ts';
import { WorldKeeper } from '../../../keeper/keeper.ts';
import { silentLogger } from '../../../logger.ts';
import type { Logger } from '../../../logger.ts';
import type { ConfigurationSpec } from '../../../schemas/configuration-spec.ts';
import type { CredentialSeal } from '../../../seal/credential-seal.ts';
import { createMemoryDisk } from '../../../store/memory/memory-disk.ts';
import type { MemoryDisk } from '../../../store/memory/memory-disk.ts';
import { openMemoryStore } from '../../../store/memory/memory-store.ts';
import { systemTimers } from '../../../system-clock.ts';
import { ControlledStore } from '../../../testing/controlled-store.ts';
import { sleep } from '../../../timers.ts';
import { VirtualTime } from '../../../virtual-time.ts';
import { jsonOf, sendRaw } from '../../testing/raw-http.ts';
import type { RawRequest } from '../../testing/raw-http.ts';
import { createAcctpoolApp } from '../acctpool-app.ts';
import { parseAcctpool } from '../configuration/parse-configuration.ts';
import { createAcctpoolKeys, KEY_BYTES } from '../keys.ts';
import { EXPIRED_SHOWN_MS } from '../parts.ts';
import { TokenBook } from '../token-book.ts';
import { ScriptedAccounts } from './scripted-accounts.ts';

export type Seen = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read members of any answer
  readonly body: any;
  readonly text: string;
};

export type HarnessOptions = {
  readonly file?: Json;
  readonly cleaner?: AccountCleaner;
  readonly logger?: Logger;
  readonly disk?: MemoryDisk;
  readonly time?: VirtualTime;
  /** Is the world of accounts so, before anything is asked of it. */
  readonly prepare?: (accounts: ScriptedAccounts) => void;
};

/** A file with two tokens and one account, where a test says nothing else. */
export const A_FILE: Json = {
  tokens: [{ id: 'tokena' }, { id: 'tokenb' }],
  accounts: [{ username: 'abc', password: 'xyz' }],
};

const START_AT = Date.parse('2026-11-21T07:00:00.000Z');
/** Steps of time: long ones where much of it passes. */
const ADVANCE_STEP_MS = 15_000;
const ADVANCE_STEPS_MAX = 100;
/** How often, and how many times, an answer is looked for, in milliseconds of the machine. */
const TURN_MS = 1;
const TURNS_MAX = 10_000;
const REST_TURNS = 8;
/** A turnover of three steps takes some decisions, one after another. */
const DUE_TURNS = 12;

/** The account pool API on a listener of its own: a real keeper, a store in memory, the real job runner, scripted accounts, and time that a test moves. */
export class AcctpoolHarness implements AsyncDisposable {
  readonly keeper: WorldKeeper;
  readonly accounts: ScriptedAccounts;
  readonly time: VirtualTime;
  readonly disk: MemoryDisk;
  readonly store: ControlledStore;
  readonly #app: FastifyInstance;
  readonly #runner: AsyncDisposable;
  readonly #clock: { aheadMs: number };

  constructor(parts: {
    keeper: WorldKeeper;
    accounts: ScriptedAccounts;
    time: VirtualTime;
    disk: MemoryDisk;
    store: ControlledStore;
    app: FastifyInstance;
    runner: AsyncDisposable;
    clock: { aheadMs: number };
  }) {
    this.keeper = parts.keeper;
    this.accounts = parts.accounts;
    this.time = parts.time;
    this.disk = parts.disk;
    this.store = parts.store;
    this.#app = parts.app;
    this.#runner = parts.runner;
    this.#clock = parts.clock;
  }

  get port(): number {
    return (this.#app.server.address() as AddressInfo).port;
  }

  /** Sends bytes, and lets what the answer waits for go on; time stays where it is. */
  async send(request: RawRequest): Promise<Seen> {
    const response = await this.#whileWaiting(sendRaw(this.port, request));
    const isJson = response.headers['content-type'] === 'application/json';
    return { ...response, body: isJson ? jsonOf(response) : undefined };
  }

  get = (path: string, headers: Record<string, string> = {}): Promise<Seen> =>
    this.send({ method: 'GET', path, headers });

  /** Asks for an account; answers where the reservation is. */
  async reserve(token = 'tokena', query = ''): Promise<string> {
    const { status, headers, text } = await this.send({
      method: 'POST',
      path: `/reservations?token=${token}${query}`,
    });
    if (status !== 302) throw new Error(`no reservation: ${status} ${text}`);
    return headers['location'] ?? '';
  }

  cancel = (path: string): Promise<Seen> => this.send({ method: 'DELETE', path });

  /** Lets time pass, in steps between which all that is ready comes to rest. */
  async advance(durationMs: number): Promise<void> {
    const until = this.time.now() + durationMs;
    const stepMs = Math.max(ADVANCE_STEP_MS, Math.ceil(durationMs / ADVANCE_STEPS_MAX));
    await this.finishDue();
    while (this.time.now() < until) {
      await this.time.advance(Math.min(stepMs, until - this.time.now()));
      await this.finishDue();
    }
  }

  /** Lets all that is due now be done, with what follows from it. */
  async finishDue(): Promise<void> {
    for (let turn = 0; turn < DUE_TURNS; turn += 1) {
      await this.time.advance(0);
      await this.rest();
    }
  }

  /** Lets the clock go on while nothing else does: nobody sweeps. */
  skip(durationMs: number): void {
    this.#clock.aheadMs += durationMs;
  }

  async rest(): Promise<void> {
    for (let turn = 0; turn < REST_TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async #whileWaiting<T>(answer: Promise<T>): Promise<T> {
    let isOver = false;
    const end = (): void => void (isOver = true);
    void answer.then(end, end);
    for (let turn = 0; turn < TURNS_MAX && !isOver; turn += 1) {
      await this.time.advance(0);
      await this.rest();
      // A real socket lies between, which no virtual time hurries.
      await sleep(systemTimers, TURN_MS);
    }
    if (!isOver) throw new Error('no answer came');
    return answer;
  }

  resources(): Promise<Resource[]> {
    return this.keeper.read(({ resources }) => [...resources.values()]);
  }

  async resource(name: string): Promise<Resource> {
    const found = (await this.resources()).find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no account ${name}`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app.close();
    await this.#runner[Symbol.asyncDispose]();
    await this.keeper[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }
}

/** Shows what it closes, so that a test can look. */
export const sealed = (values: object): string => `sealed:${JSON.stringify(values)}`;
const opened = (text: string): Record<string, string> =>
  JSON.parse(text.replace('sealed:', '')) as Record<string, string>;

export async function startAcctpool(options: HarnessOptions = {}): Promise<AcctpoolHarness> {
  const { logger = silentLogger, disk = createMemoryDisk(), time = new VirtualTime(START_AT) } = options;
  const { cleaner = { kind: 'exec', program: '/bin/true' }, file = A_FILE } = options;
  const store = new ControlledStore(await openMemoryStore(disk));
  const round = options.disk === undefined ? '' : `${time.now()}x`;
  const clock = { aheadMs: 0 };
  let nextId = 0;
  const newId = (prefix: string): string => `${prefix}_${round}${String((nextId += 1)).padStart(6, '0')}`;
  const keeper = new WorldKeeper({
    store,
    clock: { now: () => time.now() + clock.aheadMs },
    timers: time,
    random: () => 0.5,
    ...PLAIN_SEAL,
    newId,
    defer: setImmediate,
    logger,
  });
  const seal: Pick<CredentialSeal, 'seal' | 'open'> = {
    seal: (_id, _part, values) => sealed(values),
    open: (_id, _part, text) => opened(text),
  };
  const accounts = new ScriptedAccounts(createStepCredentials({ keeper: () => keeper, seal, clock: time }));
  options.prepare?.(accounts);
  const runner = createJobRunner({
    providers: new Map([['acctpool', accounts.provider]]),
    clock: time,
    timers: time,
    random: () => 0.5,
    logger,
    report: async (job, outcome) => void (await keeper.ask({ type: 'finishJob', job, outcome })),
    steps: {
      executors: { provider: accounts.executor },
      openInput: ({ with: input }) => ({ input, secretValues: [] }),
      logs: { open: () => ({ write: () => {}, close: () => Promise.resolve() }) },
    },
  });
  await keeper.start(runner);
  const configuration = parseAcctpool(file, () => '');
  const configurator = {
    apply: ({
      providers,
      pools,
      ...spec
    }: ConfigurationSpec & { isPruning: boolean; agreed: null | string }) =>
      keeper.ask({
        type: 'configure',
        providers: providers.map(({ name, driver }) => ({ name, driver, makes: false, options: {} })),
        // Accounts are registered by the boot, with what opens them.
        pools: pools.map(({ spec: pool }) => ({ spec: pool, resources: [] })),
        ...spec,
      }),
  };
  const keys = createAcctpoolKeys(Buffer.alloc(KEY_BYTES, 7));
  await bootAcctpool({
    keeper,
    configurator,
    configuration,
    cleaner,
    newId,
    digest: (text) => keys.shortDigest(text),
    seal: seal.seal,
    logger,
  });
  const app = createAcctpoolApp({
    keeper,
    keys,
    tokens: new TokenBook(keys, configuration.tokens),
    types: configuration.types,
    openCredentials: (world, lease, now) => openLeaseCredentials(world, lease, { seal, now }),
    expiredShownMs: EXPIRED_SHOWN_MS,
    logger,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return new AcctpoolHarness({ keeper, accounts, time, disk, store, app, runner, clock });
}
