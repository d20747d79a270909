import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GrantWatch } from './grant-watch.ts';
import type { ScenarioContext } from './scenario.ts';
import { drawClusterSecrets, startServer } from './server-under-test.ts';
import type { ServerUnderTest } from './server-under-test.ts';

const GRANTED_WITHIN_MS = 60_000;
/** A replica with a million resources that has stepped down reads all of them again before it follows. */
const ROLE_WITHIN_MS = 5 * 60_000;
const LOOK_MS = 20;
/** The load runs so long before anything is done to the replicas, and after a hand-over is answered. */
const QUIET_MS = 500;

/** Failures are requests of the load that were not answered as wanted; a client would send them again. */
export type Killed = { readonly grantedAfterMs: number; readonly failures: number };
export type HandedOver = {
  readonly silenceMs: number;
  readonly answeredAfterMs: number;
  /** Of the request to step down. */
  readonly status: number;
  readonly failures: number;
};

type ClusterView = {
  readonly self: { readonly role: string };
};

const SERVING = ['keeping', 'following'] as const;

/** What a replica does. Until the first of a new world keeps it, nobody's token is known. */
async function roleOf({ api }: ServerUnderTest): Promise<string> {
  const { status, body } = await api.send('GET', '/v1/cluster');
  return status === 200 ? (JSON.parse(body) as ClusterView).self.role : `answering ${status}`;
}

/** Errors: when it has none of the roles in time. */
export async function untilRole(server: ServerUnderTest, roles: readonly string[]): Promise<void> {
  const until = performance.now() + ROLE_WITHIN_MS;
  for (let role = ''; !roles.includes(role); await sleep(LOOK_MS)) {
    role = await roleOf(server);
    if (performance.now() > until) throw new Error(`a replica is still ${role}`);
  }
}

const TRIES_MAX = 5;

async function tryAgain<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === TRIES_MAX) throw error;
      await sleep(QUIET_MS);
    }
  }
}

/** Replicas of one world, by name. */
export class Cluster implements AsyncDisposable {
  readonly size: number;
  readonly #context: ScenarioContext;
  readonly #database: string;
  readonly #pool: string;
  readonly #secrets = drawClusterSecrets();
  readonly #replicas = new Map<string, ServerUnderTest>();
  #loadToken = '';

  constructor(
    context: ScenarioContext,
    input: { readonly database: string; readonly pool: string; readonly size: number },
  ) {
    this.#context = context;
    this.#database = input.database;
    this.#pool = input.pool;
    this.size = input.size;
  }

  async start(): Promise<void> {
    // One after another: each needs more while it loads than later.
    for (let n = 1; n <= this.size; n += 1) await this.#start(`replica-${n}`);
    await tryAgain(async () => {
      const { server } = await this.#keeper();
      this.#loadToken = (await server.api.createHolderToken('bench-load')).token;
    });
  }

  /** Kills the replica that keeps the world, under a load at the others, and brings it back afterwards. */
  async kill(): Promise<Killed> {
    const { name, server } = await this.#keeper();
    await using watch = this.#watchAllBut(name);
    await sleep(QUIET_MS);
    watch.takeFailures();
    const killedAt = performance.now();
    await server.kill();
    const grantedAt = await watch.firstAfter(performance.now(), GRANTED_WITHIN_MS);
    await sleep(QUIET_MS);
    await watch.stop();
    const failures = watch.takeFailures();
    await server[Symbol.asyncDispose]();
    this.#replicas.delete(name);
    await this.#start(name);
    return { grantedAfterMs: grantedAt - killedAt, failures };
  }

  /** Has the replica that keeps the world hand it over, under a load at all of them. */
  handOver(): Promise<HandedOver> {
    // On a machine that is busy with other things the world may change hands by itself before it is asked to.
    return tryAgain(() => this.#handOver());
  }

  async #handOver(): Promise<HandedOver> {
    const { name, server } = await this.#keeper();
    await using watch = this.#watchAllBut(undefined);
    await sleep(QUIET_MS);
    watch.takeFailures();
    const askedAt = performance.now();
    const { status } = await server.api.send('POST', '/v1/cluster/step-down');
    const answeredAt = performance.now();
    await watch.firstAfter(answeredAt, GRANTED_WITHIN_MS);
    await sleep(QUIET_MS);
    const silenceMs = watch.longestSilence(askedAt, performance.now());
    await watch.stop();
    const failures = watch.takeFailures();
    if ((await this.#keeper()).name === name)
      throw new Error(`${name} did not step down: answered ${status}`);
    return { silenceMs, answeredAfterMs: answeredAt - askedAt, status, failures };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A replica that hands over to another that ends too takes longer than one that ends alone.
    for (const server of this.#replicas.values()) await server[Symbol.asyncDispose]();
  }

  async #start(name: string): Promise<void> {
    const server = await startServer({
      entry: this.#context.serverEntry,
      data: join(this.#context.directory, `${this.#database.slice(-12)}-${name}`),
      pools: [this.#pool],
      replica: { ...this.#secrets, database: this.#database, name },
    });
    this.#replicas.set(name, server);
    await untilRole(server, SERVING);
  }

  /** Who keeps the world, once all others follow. Errors: when nobody does in time. */
  async #keeper(): Promise<{ readonly name: string; readonly server: ServerUnderTest }> {
    for (const until = performance.now() + ROLE_WITHIN_MS; ; await sleep(LOOK_MS)) {
      for (const server of this.#replicas.values()) await untilRole(server, SERVING);
      for (const [name, server] of this.#replicas) {
        if ((await roleOf(server)) === 'keeping') return { name, server };
      }
      if (performance.now() > until) throw new Error('no replica keeps the world');
    }
  }

  #watchAllBut(name: string | undefined): GrantWatch {
    const others = [...this.#replicas].filter(([other]) => other !== name);
    const targets = others.map(([, { api }]) => ({ url: api.target.url, token: this.#loadToken }));
    return new GrantWatch(targets, this.#pool);
  }
}
