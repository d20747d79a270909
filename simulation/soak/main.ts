import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { describeSoak, SoakRun } from './soak-run.ts';

const USAGE = 'npm run soak -- [--rounds N] [--seconds S] [--pools P] [--clients C] [--kills K] [--seed S]';
const SEED_MAX = 2 ** 32;
const EXIT_INTERRUPTED = 130;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '30' },
    pools: { type: 'string', default: '5' },
    clients: { type: 'string', default: '6' },
    kills: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(randomInt(SEED_MAX)) },
  },
});

const [rounds, seconds, pools, clients, kills, seed] = [
  numberOf('rounds', 1),
  numberOf('seconds', 1),
  numberOf('pools', 1),
  numberOf('clients', 1),
  numberOf('kills', 0),
  numberOf('seed', 0),
];

await using run = new SoakRun({
  seed,
  rounds,
  pools,
  clients,
  kills,
  busyMs: seconds * 1_000,
  log: console.log,
});
// Who is impatient leaves nothing behind either.
for (const wish of ['SIGINT', 'SIGTERM'] as const) {
  process.once(wish, () => void run[Symbol.asyncDispose]().finally(() => process.exit(EXIT_INTERRUPTED)));
}
console.log(`seed ${seed}`);
const report = await run.work();
const { calls, machines, findings } = report;
console.log(`${calls} calls, ${report.kills} kills, ${machines} machines seen, ${findings.length} findings`);
if (findings.length > 0) {
  console.error(describeSoak(report));
  process.exitCode = 1;
}

function numberOf(name: keyof typeof values, least: number): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= least) return value;
  console.error(`--${name} is a whole number from ${least} on, not ${values[name]}\n${USAGE}`);
  process.exit(2);
}
