import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lookForPostgres } from '../server/testing/find-postgres.ts';
import type { ScenarioResult } from './scenario.ts';

const { areMissing: isPostgresMissing, reason } = lookForPostgres();
const NEED_POSTGRES: readonly string[] = ['postgres', 'takeover'];
const MAIN = join(import.meta.dirname, 'main.ts');
const QUICK_RUN_WITHIN_MS = 180_000;

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'poolkeeper-bench-test-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test(
  `a quick run measures every scenario on the real server and leaves nothing but its results${reason}`,
  async () => {
    const results = join(directory, 'results');
    const data = mkdtempSync(join(directory, 'data-'));
    const { code, stdout, stderr } = await run(
      '--quick',
      '--directory',
      data,
      '--results',
      results,
      '--name',
      'quick',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const written = JSON.parse(readFileSync(join(results, 'quick.json'), 'utf8')) as {
      isQuick: boolean;
      scenarios: Record<string, ScenarioResult>;
    };
    expect(written.isQuick).toBe(true);
    expect(Object.keys(written.scenarios)).toEqual([
      'cycle',
      'million',
      'waiters',
      'storm',
      'start',
      'fill',
      'turnover',
      'cloudpool',
      'boskos',
      'acctpool',
      'postgres',
      'takeover',
    ]);
    for (const [name, { figures, notes }] of Object.entries(written.scenarios)) {
      if (isPostgresMissing && NEED_POSTGRES.includes(name)) {
        expect({ figures, notes }).toEqual({
          figures: [],
          notes: [expect.stringMatching(/^NOT MEASURED: /)],
        });
        continue;
      }
      expect(stdout).toContain(`\n${name} `);
      for (const { what, value } of figures) expect(value, `${name}: ${what}`).toEqual(expect.any(Number));
    }
    const counted = Object.values(written.scenarios).flatMap(({ figures }) => figures);
    // What is counted is right at any speed: everybody was served in order, and nothing was forgotten.
    const mistakes = counted.filter(
      ({ budget }) => budget !== undefined && 'atMost' in budget && budget.atMost === 0,
    );
    expect(mistakes).toHaveLength(isPostgresMissing ? 3 : 4);
    expect(mistakes.filter(({ value }) => value !== 0)).toEqual([]);
    expect(readdirSync(data)).toEqual([]);
  },
  QUICK_RUN_WITHIN_MS,
);

test('a scenario that does not exist is refused with the names of those that do', async () => {
  const { code, stderr } = await run('--only', 'circle');
  expect(code).toBe(2);
  expect(stderr).toContain('There is no scenario circle.');
  expect(stderr).toContain('cycle, million, waiters, storm, start, fill, turnover');
});

test.each([
  ['--rounds', '0'],
  ['--rounds', 'many'],
  ['--size', '10'],
  ['--name', '../elsewhere'],
  ['--fast', ''],
])('%s %s is refused before anything is started', async (...args) => {
  const { code, stdout } = await run(...args.filter((arg) => arg !== ''));
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});
