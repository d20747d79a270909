import { freemem } from 'node:os';
import { Cluster } from '../cluster.ts';
import type { HandedOver, Killed } from '../cluster.ts';
import { Databases } from '../databases.ts';
import { ASK_EVERY_MS } from '../grant-watch.ts';
import { figureOf, notMeasured } from '../scenario.ts';
import type { Figure, Scenario, ScenarioContext, ScenarioResult } from '../scenario.ts';
import { seedDatabase } from '../seed-store.ts';
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
  await using cluster = new Cluster(context, { database, pool: POOL, size: replicasFor(resources) });
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

/** Hand-overs that were done, but whose request was answered otherwise. */
function unanswered(measured: readonly Measured[]): string[] {
  return measured.flatMap(({ resources, handOvers }) =>
    handOvers
      .filter(({ status }) => status !== 200)
      .map(
        ({ status, answeredAfterMs }) =>
          `With ${resources} resources a request to step down was answered ${status} after ${Math.round(answeredAfterMs)} ms, though the world was handed over.`,
      ),
  );
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
      `${replicas.join(', ')} resources; a lease is asked for every ${ASK_EVERY_MS} ms, by turns at all replicas but the one that is killed.`,
      ...unanswered(measured),
    ],
    details: { measured },
  };
}
