import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { tallyLine } from './tally.ts';

/** The parts of `npm run check`, by name. Each is a command of its own and can be run alone: `npm run check lint`. */
const PARTS = {
  types: ['tsc', '--noEmit'],
  'client-types': ['tsc', '--noEmit', '--project', 'tsconfig.client.json'],
  lint: ['oxlint'],
  format: ['oxfmt', '--check'],
  rooms: ['node', 'tidy/rooms.ts'],
  'dead-code': ['knip'],
} as const satisfies Record<string, readonly [command: string, ...args: string[]]>;

type PartName = keyof typeof PARTS;
type Outcome = { name: PartName; isPassed: boolean; output: string };

const repository = join(import.meta.dirname, '..');
const PATH = [join(repository, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);

async function runPart(name: PartName): Promise<Outcome> {
  const [command, ...args] = PARTS[name];
  const child = spawn(command, args, {
    cwd: repository,
    env: { ...process.env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { name, isPassed: code === 0, output: `${stdout}${stderr}`.trim() };
}

/** All parts, or those that are wanted; a name that is no part ends the check, since it would look at nothing. */
function selectParts(wanted: string[]): PartName[] {
  const names = Object.keys(PARTS) as PartName[];
  const unknown = wanted.filter((name) => !names.some((known) => known === name));
  if (unknown.length > 0) {
    console.error(`no such part: ${unknown.join(', ')}; there are ${names.join(', ')}`);
    process.exit(2);
  }
  return wanted.length > 0 ? names.filter((name) => wanted.includes(name)) : names;
}

/** Prints one line when all is well; else what each failed part said, which parts failed, and the tally. */
function report(outcomes: Outcome[], seconds: string): void {
  const failed = outcomes.filter(({ isPassed }) => !isPassed);
  if (failed.length === 0) {
    console.log(`check ok in ${seconds} s: ${outcomes.map(({ name }) => name).join(', ')}`);
    return;
  }
  for (const { name, output } of failed) console.log(`--- ${name} ---\n${output}\n`);
  console.log(
    `check failed: ${failed.map(({ name }) => name).join(', ')} (npm run fix mends format and some lint)`,
  );
  console.log(tallyLine({ passed: outcomes.length - failed.length, failed: failed.length, skipped: 0 }));
  process.exitCode = 1;
}

const startedAt = performance.now();
const outcomes = await Promise.all(selectParts(process.argv.slice(2)).map(runPart));
report(outcomes, ((performance.now() - startedAt) / 1000).toFixed(1));
