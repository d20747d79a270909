import { randomInt } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { lookForPostgres } from '../../server/testing/find-postgres.ts';
import type { Fault } from './faults.ts';
import { ReplicasRun } from './replicas-run.ts';
import { describeReplicas, summaryOf } from './report.ts';
import { openPair } from './run-database.ts';

/**
 * Each kind that matters, in an order that is the same every time; the seed moves what the clients do. The database that is killed is a
 * primary, in whose place its synchronous standby goes on. The other kinds are those of `npm run soak:replicas`.
 */
const ONE_OF_EACH: readonly Fault[] = [
  'keeperKilled',
  'stepDown',
  'keeperFrozen',
  'keeperUnheard',
  'followerKilled',
  'databaseKilled',
  'rollingRestart',
];
const CALM_MS = 200;
/** Far above what is promised: that it ends is tested here, while others need the processors; how fast it is, `npm run soak:replicas` measures. */
const LIMITS = { takenOverMs: 15_000, handedOverMs: 15_000 };
/** A run takes less than a minute on two cores; others may need them at the same time. */
const RUN_WITHIN_MS = 300_000;
const CLEAN_WITHIN_MS = 60_000;
const SEED_MAX = 2 ** 32;

const postgres = lookForPostgres();

describe.skipIf(postgres.areMissing)(
  `three replicas on a real PostgreSQL with a standby${postgres.reason}`,
  () => {
    const runs = new AsyncDisposableStack();
    // Also where a test fails or takes too long: nothing that a run started outlives this file.
    afterAll(() => runs.disposeAsync(), CLEAN_WITHIN_MS);

    test(
      'whatever breaks, a primary included, lose nothing that was acknowledged, lend nothing twice, and go on in time',
      async () => {
        const plan = { seed: randomInt(SEED_MAX), faults: ONE_OF_EACH, calmMs: CALM_MS, limits: LIMITS };
        const run = runs.use(new ReplicasRun({ ...plan, openDatabase: openPair, log: () => {} }));
        const report = await run.work();
        console.log(summaryOf(report));
        expect(describeReplicas(report)).toBe('');
        // A run that did next to nothing would find next to nothing.
        expect(report.leases).toBeGreaterThan(200);
        expect(report.streams).toBeGreaterThan(2);
        expect(report.records).toBeGreaterThan(5);
        expect(report.terms).toBeGreaterThanOrEqual(5);
      },
      RUN_WITHIN_MS,
    );
  },
);
