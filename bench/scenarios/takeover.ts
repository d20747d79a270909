import { freemem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Databases } from '../databases.ts';
import { GrantWatch, GRANT_STEP_MS } from '../grant-watch.ts';
import { figureOf, notMeasured } from '../scenario.ts';
import type { Figure, Scenario, ScenarioContext, ScenarioResult } from '../scenario.ts';
import { seedDatabase } from '../seed-store.ts';
import { drawClusterSecrets, startServer } from '../server-under-test.ts';
import type { ServerUnderTest } from '../server-under-test.ts';
import { percentile } from '../statistics.ts';

const POOL = 'bench';
const SIZES = [1_000, 1_000_000] as const;
const SIZES_QUICK = [200] as const;
/** Seconds from a kill to the next grant. */
const KILL_BUDGET = { atMost: 5 };
/** Seconds without a grant while one replica hands over to another. */
const HAND_OVER_BUDGET = { atMost: 1 };
/** What a replica may need of memory while it loads, in bytes: for itself, and for each resource. */
const REPLICA_BYTES = 300e6;
const RESOURCE_BYTES = 2_500;
const GRANTED_WITHIN_MS = 60_000;
const FOLLOWING_WITHIN_MS = 60_000;
const LOOK_MS = 20;
/** The load runs so long before anything is done to the replicas, and after a hand-over is answered. */
const QUIET_MS = 500;

type Killed = { readonly grantedAfterMs: number; readonly failures: number };
type HandedOver = { readonly silenceMs: number; readonly answeredAfterMs: number; readonly failures: number };
type Measured = {
  readonly resources: number;
  readonly replicas: number;
  readonly kills: readonly Killed[];
  readonly handOvers: readonly HandedOver[];
};

/** From the end of the replica that keeps the world to the next grant by another one, at two sizes of the world. */
export const takeover: Scenario = {
  name: 'takeover',
  about: 'the replica that keeps 1,000 and 1,000,000 resources is killed, or steps down, under a light load',
  async run(context) {
    const databases = await Databases.open(context.databaseUrl);
    if (typeof databases === 'string') return notMeasured(databases);
    await using _databases = databases;
    const measured: Measured[] = [];
    for (const resources of context.isQuick ? SIZES_QUICK : SIZES) {
      const database = await databases.create();
      await seedDatabase(database, [{ name: POOL, resources }]);
      context.say(`${resources.toLocaleString('en-GB')} resources are seeded`);
      measured.push(await measure(context, database, resources));
    }
    return resultOf(measured);
  },
};

async function measure(context: ScenarioContext, database: string, resources: number): Promise<Measured> {
  await using cluster = new Cluster(context, database, replicasFor(resources));
  await cluster.start();
  const kills: Killed[] = [];
  const handOvers: HandedOver[] = [];
  for (let round = 1; round <= context.rounds; round += 1) {
    handOvers.push(await cluster.handOver());
    kills.push(await cluster.kill());
    context.say(`round ${round} of ${context.rounds}`);
  }
  return { resources, replicas: cluster.size, kills, handOvers };
}

/** Three, or two where so many do not fit into memory. */
function replicasFor(resources: number): number {
  return freemem() > 3 * (REPLICA_BYTES + resources * RESOURCE_BYTES) ? 3 : 2;
}

type ClusterView = {
  readonly self: { readonly name: string; readonly role: string };
  readonly keeper: { readonly name: string } | null;
};

/** Replicas of one world, by name. */
class Cluster implements AsyncDisposable {
  readonly size: number;
  readonly #context: ScenarioContext;
  readonly #database: string;
  readonly #secrets = drawClusterSecrets();
  readonly #replicas = new Map<string, ServerUnderTest>();
  #loadToken = '';

  constructor(context: ScenarioContext, database: string, size: number) {
    this.#context = context;
    this.#database = database;
    this.size = size;
  }

  async start(): Promise<void> {
    // One after another: each needs more while it loads than later.
    for (let n = 1; n <= this.size; n += 1) await this.#start(`replica-${n}`);
    const [first] = this.#replicas.values();
    this.#loadToken = (await first?.api.createHolderToken('bench-load'))?.token ?? '';
  }

  /** Kills the replica that keeps the world, under a load at the others, and brings it back afterwards. */
  async kill(): Promise<Killed> {
    const { name, server } = await this.#keeper();
    const watch = this.#watchAllBut(name);
    await sleep(QUIET_MS);
    watch.takeFailures();
    const killedAt = performance.now();
    await server.kill();
    const grantedAt = await watch.firstAfter(performance.now(), GRANTED_WITHIN_MS);
    await sleep(QUIET_MS);
    await watch[Symbol.asyncDispose]();
    const failures = watch.takeFailures();
    await server[Symbol.asyncDispose]();
    this.#replicas.delete(name);
    await this.#start(name);
    return { grantedAfterMs: grantedAt - killedAt, failures };
  }

  /** Has the replica that keeps the world hand it over, under a load at all of them. */
  async handOver(): Promise<HandedOver> {
    const { server } = await this.#keeper();
    const watch = this.#watchAllBut(undefined);
    await sleep(QUIET_MS);
    watch.takeFailures();
    const askedAt = performance.now();
    await server.api.call('POST', '/v1/cluster/step-down');
    const answeredAt = performance.now();
    await watch.firstAfter(answeredAt, GRANTED_WITHIN_MS);
    await sleep(QUIET_MS);
    const silenceMs = watch.longestSilence(askedAt, performance.now());
    await watch[Symbol.asyncDispose]();
    return { silenceMs, answeredAfterMs: answeredAt - askedAt, failures: watch.takeFailures() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A replica that hands over to another that ends too takes longer than one that ends alone.
    for (const server of this.#replicas.values()) await server[Symbol.asyncDispose]();
  }

  async #start(name: string): Promise<void> {
    const server = await startServer({
      entry: this.#context.serverEntry,
      data: join(this.#context.directory, `${this.#database.slice(-12)}-${name}`),
      pools: [POOL],
      replica: { ...this.#secrets, database: this.#database, name },
    });
    this.#replicas.set(name, server);
    await this.#until(name, ({ self }) => self.role === 'keeping' || self.role === 'following');
  }

  /** Who keeps the world, once all others follow. */
  async #keeper(): Promise<{ readonly name: string; readonly server: ServerUnderTest }> {
    for (const name of this.#replicas.keys()) {
      await this.#until(name, ({ self }) => self.role === 'keeping' || self.role === 'following');
    }
    for (const [name, server] of this.#replicas) {
      const { self } = await server.api.call<ClusterView>('GET', '/v1/cluster');
      if (self.role === 'keeping') return { name, server };
    }
    throw new Error('no replica keeps the world');
  }

  async #until(name: string, isSo: (view: ClusterView) => boolean): Promise<void> {
    const until = performance.now() + FOLLOWING_WITHIN_MS;
    for (;;) {
      const view = await this.#replicas.get(name)?.api.call<ClusterView>('GET', '/v1/cluster');
      if (view !== undefined && isSo(view)) return;
      if (performance.now() > until) throw new Error(`${name} is still ${view?.self.role ?? 'away'}`);
      await sleep(LOOK_MS);
    }
  }

  #watchAllBut(name: string | undefined): GrantWatch {
    const others = [...this.#replicas].filter(([other]) => other !== name);
    const targets = others.map(([, { api }]) => ({ url: api.target.url, token: this.#loadToken }));
    return new GrantWatch(targets, POOL);
  }
}

function resultOf(measured: readonly Measured[]): ScenarioResult {
  const figures = measured.flatMap(({ resources, kills, handOvers }): Figure[] => {
    const seconds = (values: readonly number[]): number[] => values.map((ms) => ms / 1_000);
    const granted = seconds(kills.map(({ grantedAfterMs }) => grantedAfterMs));
    const silence = seconds(handOvers.map(({ silenceMs }) => silenceMs));
    const among = `${resources.toLocaleString('en-GB')} resources`;
    const worst = (what: string, values: readonly number[], budget: { readonly atMost: number }): Figure => ({
      what,
      unit: 's',
      value: percentile(values, 1),
      budget,
    });
    return [
      figureOf(`kill -9 → the next grant, ${among}`, 's', granted),
      worst('the same, the longest', granted, KILL_BUDGET),
      figureOf(`without a grant while it is handed over, ${among}`, 's', silence),
      worst('the same, the longest', silence, HAND_OVER_BUDGET),
      figureOf(
        'requests that failed while it was handed over',
        '',
        handOvers.map(({ failures }) => failures),
        { atMost: 0 },
      ),
    ];
  });
  const replicas = measured.map(({ resources, replicas: count }) => `${count} replicas of ${resources}`);
  return {
    figures,
    notes: [
      `${replicas.join(', ')} resources; a lease is asked for every ${GRANT_STEP_MS} ms, by turns at all replicas but the one that is killed.`,
    ],
    details: { measured },
  };
}
