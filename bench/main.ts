/**
 * Measures the real server against its budgets: `npm run bench -- [--only NAME]… [--quick] [--rounds N] [--profile]`.
 * docs/performance.md says what is measured and how to read it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine, loadAverage } from './machine.ts';
import type { Machine } from './machine.ts';
import { formatMachine, formatTable } from './report.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';
import { acctpool } from './scenarios/acctpool.ts';
import { boskos } from './scenarios/boskos.ts';
import { cloudpool } from './scenarios/cloudpool.ts';
import { cycle } from './scenarios/cycle.ts';
import { fill } from './scenarios/fill.ts';
import { million } from './scenarios/million.ts';
import { postgres } from './scenarios/postgres.ts';
import { start } from './scenarios/start.ts';
import { storm } from './scenarios/storm.ts';
import { takeover } from './scenarios/takeover.ts';
import { turnover } from './scenarios/turnover.ts';
import { waiters } from './scenarios/waiters.ts';

const SCENARIOS: readonly Scenario[] = [
  cycle,
  million,
  waiters,
  storm,
  start,
  fill,
  turnover,
  cloudpool,
  boskos,
  acctpool,
  postgres,
  takeover,
];
const ROUNDS_DEFAULT = 5;
const ROUNDS_MAX = 100;
const SIZE_MIN = 500;
const SIZE_MAX = 100_000;
const RESULTS_DEFAULT = join(import.meta.dirname, 'results');
const SERVER_ENTRY = join(import.meta.dirname, '..', 'cli', 'bin', 'poolkeeper.js');

const options = {
  only: { type: 'string', multiple: true },
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  size: { type: 'string' },
  profile: { type: 'boolean', default: false },
  server: { type: 'string', default: SERVER_ENTRY },
  database: { type: 'string' },
  directory: { type: 'string', default: tmpdir() },
  results: { type: 'string', default: RESULTS_DEFAULT },
  name: { type: 'string' },
} as const;

const USAGE = `usage: node bench/main.ts [options]
  --only NAME      only this scenario; may be repeated: ${SCENARIOS.map(({ name }) => name).join(', ')}
  --quick          a short run that shows that the bench works; its figures mean nothing
  --rounds N       how often each measurement is made, 1 to ${ROUNDS_MAX}; ${ROUNDS_DEFAULT} where nothing is said
  --size N         machines that "fill" makes, ${SIZE_MIN} to ${SIZE_MAX}; 2000 where nothing is said
  --profile        write CPU profiles of the server of "cycle" beside the results
  --server FILE    the poolkeeper.js to measure, for example of another checkout
  --database URL   a PostgreSQL server for "postgres" and "takeover", on which databases may be made and dropped; where nothing is said,
                   one of its own is started
  --directory DIR  where data directories are made; the disk below it is part of what is measured
  --results DIR    where results are written; bench/results where nothing is said
  --name NAME      name of the results file; the time where nothing is said`;

type Arguments = { chosen: readonly Scenario[]; rounds: number; isQuick: boolean; isProfiled: boolean } & {
  size: number | undefined;
  server: string;
  database: string | undefined;
  directory: string;
  results: string;
  name: string;
};

/** Errors: what is wrong with the arguments, for a person. */
function readArguments(args: string[]): Arguments {
  const { values } = parseArgs({ args, options });
  const chosen = SCENARIOS.filter(({ name }) => values.only === undefined || values.only.includes(name));
  const unknown = (values.only ?? []).filter((wanted) => !SCENARIOS.some(({ name }) => name === wanted));
  if (unknown.length > 0) throw new Error(`There is no scenario ${unknown.join(', ')}.`);
  const rounds = Number(values.rounds ?? (values.quick ? 1 : ROUNDS_DEFAULT));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX)
    throw new Error(`--rounds is a whole number from 1 to ${ROUNDS_MAX}.`);
  const size = values.size === undefined ? undefined : Number(values.size);
  if (size !== undefined && (!Number.isInteger(size) || size < SIZE_MIN || size > SIZE_MAX))
    throw new Error(`--size is a whole number from ${SIZE_MIN} to ${SIZE_MAX}.`);
  const name = values.name ?? new Date().toISOString().replaceAll(/[:.]/g, '-');
  if (!/^[\w.-]+$/.test(name))
    throw new Error('--name is made of letters, digits, dots, dashes and underscores.');
  const { quick: isQuick, profile: isProfiled, database, directory, results } = values;
  return {
    chosen,
    rounds,
    size,
    isQuick,
    isProfiled,
    server: resolve(values.server),
    database,
    directory,
    results,
    name,
  };
}

async function measure(input: Arguments, directory: string): Promise<Map<string, ScenarioResult>> {
  const results = new Map<string, ScenarioResult>();
  for (const scenario of input.chosen) {
    console.log(`${scenario.name}: ${scenario.about}`);
    const context: ScenarioContext = {
      directory: join(directory, scenario.name),
      isQuick: input.isQuick,
      rounds: input.rounds,
      size: input.size,
      serverEntry: input.server,
      databaseUrl: input.database,
      profileDirectory: input.isProfiled ? join(input.results, `${input.name}.profiles`) : undefined,
      say: (line) => console.log(`  ${line} (load average ${loadAverage().toFixed(1)})`),
    };
    mkdirSync(context.directory);
    results.set(scenario.name, await scenario.run(context));
    rmSync(context.directory, { recursive: true });
  }
  return results;
}

/** Answers the path of the file. */
function writeResults(
  input: Arguments,
  machine: Machine,
  results: ReadonlyMap<string, ScenarioResult>,
): string {
  mkdirSync(input.results, { recursive: true });
  const file = join(input.results, `${input.name}.json`);
  const { rounds, isQuick } = input;
  const document = {
    measuredAt: new Date().toISOString(),
    isQuick,
    rounds,
    machine,
    scenarios: Object.fromEntries(results),
  };
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
  return relative(process.cwd(), file);
}

function report(input: Arguments, machine: Machine, results: ReadonlyMap<string, ScenarioResult>): void {
  console.log(`\n${formatMachine(machine)}\n`);
  console.log(formatTable(results));
  for (const [name, { notes }] of results) for (const note of notes) console.log(`${name}: ${note}`);
  if (input.isQuick)
    console.log('This was a quick run: it shows that the bench works, its figures mean nothing.');
  console.log(`\nresults: ${writeResults(input, machine, results)}`);
}

/** What went wrong, and what went wrong before while something was being ended. */
function describe(error: unknown): string {
  if (error instanceof SuppressedError)
    return `${describe(error.error)}\nwhich came after\n${describe(error.suppressed)}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

let input: Arguments;
try {
  input = readArguments(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exit(2);
}
const directory = mkdtempSync(join(input.directory, 'poolkeeper-bench-'));
try {
  const machine = describeMachine(directory);
  console.log(`${formatMachine(machine)}\n`);
  report(input, machine, await measure(input, directory));
} catch (error) {
  console.error(describe(error));
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
