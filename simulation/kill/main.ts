import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { KillRun } from './kill-run.ts';
import { describeFindings, summaryOf } from './report.ts';

const USAGE = 'node simulation/kill/main.ts [--rounds N] [--seed S] [--signal SIGKILL|SIGTERM]';
const ROUNDS_DEFAULT = '100';
const SEED_MAX = 2 ** 32;
const EXIT_INTERRUPTED = 130;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: ROUNDS_DEFAULT },
    seed: { type: 'string', default: String(randomInt(SEED_MAX)) },
    signal: { type: 'string', default: 'SIGKILL' },
  },
});

const rounds = Number(values.rounds);
const seed = Number(values.seed);
const { signal } = values;
if (!Number.isInteger(rounds) || rounds < 1)
  refuse(`--rounds is a whole number from 1 on, not ${values.rounds}`);
if (!Number.isInteger(seed)) refuse(`--seed is a whole number, not ${values.seed}`);
if (signal !== 'SIGKILL' && signal !== 'SIGTERM') refuse(`--signal is SIGKILL or SIGTERM, not ${signal}`);

await using run = new KillRun({ seed, rounds, signal, log: console.log });
// Who is impatient leaves nothing behind either.
for (const wish of ['SIGINT', 'SIGTERM'] as const) {
  process.once(wish, () => void run[Symbol.asyncDispose]().finally(() => process.exit(EXIT_INTERRUPTED)));
}
console.log(`seed ${seed}`);
const report = await run.work();
console.log(summaryOf(report));
if (report.findings.length > 0) {
  console.error(describeFindings(report));
  process.exitCode = 1;
}

function refuse(message: string): never {
  console.error(`${message}\n${USAGE}`);
  process.exit(2);
}
