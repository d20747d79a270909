import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HOUSE_RULES, readRepository } from './house-rules.ts';

const root = join(import.meta.dirname, '..');

/** The rules' own home spells out what they look for. */
const SPELLS_THEM_OUT = ['tidy/house-rules.ts', 'tidy/tidy.test.ts'];

const files = readRepository(root).filter(({ path }) => !SPELLS_THEM_OUT.includes(path));

test('the rules read the whole repository', () => {
  const paths = files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining(['package.json', 'CONTRIBUTING.md', '.ci/run', 'tidy/check.ts']),
  );
  expect(paths.filter((path) => path.includes('node_modules/'))).toEqual([]);
});

test.each(Object.entries(HOUSE_RULES))('%s', (_name, rule) => {
  expect(files.flatMap(rule)).toEqual([]);
});

describe('each rule notices what it is for', () => {
  const planted = (path: string, text: string) =>
    Object.entries(HOUSE_RULES)
      .filter(([, rule]) => rule({ path, text }).length > 0)
      .map(([name]) => name);

  const LONG = 'a file of code over 500 lines says why';
  const NAMES = 'files and directories are kebab-case';
  const CLOCK = 'the core and the server are told the time';
  const MARKS = 'unfinished work names its issue';
  const PATHS = 'no path of one machine';

  test.each([
    ['core/long.ts', '\n'.repeat(501), LONG],
    ['core/GrantLease.ts', '', NAMES],
    ['core/Lease/grant.ts', '', NAMES],
    ['server/store/migrations/0001_first.sql', '', NAMES],
    ['core/renew.ts', 'const now = new Date();', CLOCK],
    ['server/keeper/keeper.ts', 'const now = new Date( );', CLOCK],
    ['core/renew.ts', '// TODO: renew', MARKS],
    ['docs/spec/lease.md', 'FIXME later', MARKS],
    ['docs/guide.md', 'cd /work/main', PATHS],
    ['cli/local/serve.ts', `open('/root/data')`, PATHS],
    ['bench/main.ts', '"/home/jane/bench"', PATHS],
  ])('%s: %j', (path, text, rule) => {
    expect(planted(path, text)).toEqual([rule]);
  });

  test.each([
    ['core/long.ts', `/** Why so long: one table. */\n${'\n'.repeat(501)}`],
    ['core/short.ts', '\n'.repeat(500)],
    ['docs/long.md', '\n'.repeat(501)],
    ['CONTRIBUTING.md', ''],
    ['.oxlintrc.json', ''],
    ['docs/adr/0001-one-writer-in-memory.md', ''],
    ['tsconfig.build.json', ''],
    ['core/renew.ts', 'const at = new Date(now);'],
    ['server/system-clock.ts', 'const now = new Date();'],
    ['core/renew.test.ts', 'const now = new Date();'],
    ['core/renew.ts', '// TODO(#12): renew'],
    ['server/http/app.ts', `app.get('/v1/work/items')`],
    ['docs/guide.md', 'see https://example.org/work/ and ./work/ and work/ here'],
  ])('%s may say %j', (path, text) => {
    expect(planted(path, text)).toEqual([]);
  });
});
