import { randomInt } from 'node:crypto';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Chance } from '../chance.ts';
import { drawFaults, FAULTS } from './faults.ts';
import type { Fault } from './faults.ts';
import { ReplicasRun } from './replicas-run.ts';
import { openSingle } from './run-database.ts';
import { describeReplicas, summaryOf } from './report.ts';

const USAGE = 'npm run soak:replicas -- [--rounds N] [--seconds S] [--seed S] [--faults NAME,NAME]';
const SEED_MAX = 2 ** 32;
const EXIT_INTERRUPTED = 130;
const LIMITS = { takenOverMs: 5_000, handedOverMs: 1_000 };

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '28' },
    seconds: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(randomInt(SEED_MAX)) },
    faults: { type: 'string' },
  },
});

const [rounds, seconds, seed] = [numberOf('rounds', 1), numberOf('seconds', 0), numberOf('seed', 0)];
const kinds = values.faults?.split(',') ?? [];
for (const kind of kinds) {
  if (!(kind in FAULTS)) refuse(`--faults are of ${Object.keys(FAULTS).join(', ')}, not ${kind}`);
}
const faults =
  kinds.length === 0
    ? drawFaults(new Chance(seed, 'plan'), rounds)
    : Array.from({ length: rounds }, (_, index) => kinds[index % kinds.length] as Fault);

{
  await using run = new ReplicasRun({
    seed,
    faults,
    calmMs: seconds * 1_000,
    limits: LIMITS,
    openDatabase: openSingle,
    log: console.log,
  });
  // Who is impatient leaves nothing behind either.
  for (const wish of ['SIGINT', 'SIGTERM'] as const) {
    process.once(wish, () => void run[Symbol.asyncDispose]().finally(() => process.exit(EXIT_INTERRUPTED)));
  }
  console.log(`seed ${seed}; ${loadOfMachine()}`);
  const report = await run.work();
  console.log(`${summaryOf(report)}\n${loadOfMachine()}`);
  if (report.findings.length > 0) {
    console.error(describeReplicas(report));
    process.exitCode = 1;
  }
}
// Nothing is left to do, and a runtime that ends by itself may wait for ever for a socket that was reset.
process.exit();

/** Times mean little without it: whoever waits for a processor is late. */
function loadOfMachine(): string {
  const [minute = 0] = loadavg();
  return `${availableParallelism()} processors, load of the last minute ${minute.toFixed(1)}`;
}

function numberOf(name: 'rounds' | 'seconds' | 'seed', least: number): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= least) return value;
  return refuse(`--${name} is a whole number from ${least} on, not ${values[name]}`);
}

function refuse(message: string): never {
  console.error(`${message}\n${USAGE}`);
  process.exit(2);
}
