import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BROKEN_PROGRAMS, writeProgram } from '../testing/broken-programs.ts';
import { CliProcess, runCli } from '../testing/cli-process.ts';

/** `provider test` as a real command, against programs that keep the contract and programs that do not. */

const examples = join(import.meta.dirname, '..', '..', 'examples', 'providers');
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('SKIPPED: there is no python3 here, so the example in Python is not tested.');

type Result = { name: string; outcome: string; why: string | null; advice: string | null; log: string[] };
type Report = { results: Result[]; remains: { resource: string; why: string; stateDirectory: string }[] };

/** Some hundred calls of a program, each of which starts an interpreter. */
const EXAMPLE_MS_MAX = 240_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poolkeeper-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const tryProgram = (...args: string[]) => runCli(['provider', 'test', ...args], { cwd: folder });

async function reportOn(...args: string[]): Promise<Report> {
  const { stdout, stderr } = await tryProgram('--json', ...args);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Report;
}

/** Removes what a broken program would not. */
function forget(remains: Report['remains']): void {
  for (const { stateDirectory } of remains) {
    rmSync(dirname(dirname(dirname(stateDirectory))), { recursive: true, force: true });
  }
}

describe('the examples keep the contract', () => {
  const expectPass = async (...args: string[]): Promise<void> => {
    const { code, stdout } = await tryProgram(...args);
    expect(stdout, stdout).toMatch(/\n13 passed, 0 failed, 2 left out\n/);
    expect(code).toBe(0);
  };
  test('in shell', () => expectPass(join(examples, 'shell', 'provider.sh')), EXAMPLE_MS_MAX);
  test.skipIf(!hasPython)(
    'in Python',
    () => expectPass('--template', '{"greeting":"Good day"}', join(examples, 'python', 'provider.py')),
    EXAMPLE_MS_MAX,
  );
});

describe('the examples keep the contract of accounts', () => {
  const vendor = join(examples, 'account-vendor', 'vendor.sh');
  const tryOn = async (program: string) => {
    const { stdout } = spawnSync(vendor, ['open', 'account-1'], { cwd: folder, encoding: 'utf8' });
    const plant = {
      command: [vendor, 'make', 'account-1', 'bucket', 'b-1'],
      leaves: [{ kind: 'bucket', id: 'b-1' }],
    };
    const before = { ...(JSON.parse(stdout) as { credentials: { current: { secret: string } } }), plant };
    writeFileSync(join(folder, 'account.json'), JSON.stringify(before));
    const report = await tryProgram('--account', 'account.json', join(examples, program));
    return { ...report, before };
  };
  const expectPass = async (program: string): Promise<void> => {
    const { code, stdout, before } = await tryOn(program);
    expect(stdout, stdout).toMatch(/\n14 passed, 0 failed, 1 left out\n/);
    expect(code).toBe(0);
    // Whoever ran it can go on with the account: the file has the key that is in force.
    const after = JSON.parse(readFileSync(join(folder, 'account.json'), 'utf8')) as typeof before;
    const keys = readdirSync(join(folder, 'vendor', 'account-1', 'keys'));
    expect(keys).toHaveLength(1);
    const secret = readFileSync(join(folder, 'vendor', 'account-1', 'keys', keys[0] ?? ''), 'utf8');
    expect(after).toMatchObject({ plant: before.plant, credentials: { current: { id: keys[0], secret } } });
    expect(secret).not.toBe(before.credentials.current.secret);
    expect(stdout).not.toContain(secret);
  };
  test('in shell', () => expectPass('account-shell/provider.sh'), EXAMPLE_MS_MAX);

  test(
    'a program that cleans nothing is found out',
    async () => {
      const program = readFileSync(join(examples, 'account-shell', 'provider.sh'), 'utf8');
      writeFileSync(join(folder, 'bad.sh'), program.replace(/^ {2}clean\/\).*$/m, "  clean/) echo '{}' ;;"), {
        mode: 0o755,
      });
      const { stdout: opened } = spawnSync(vendor, ['open', 'account-1'], { cwd: folder, encoding: 'utf8' });
      const plant = {
        command: [vendor, 'make', 'account-1', 'bucket', 'b-1'],
        leaves: [{ kind: 'bucket', id: 'b-1' }],
      };
      writeFileSync(
        join(folder, 'account.json'),
        JSON.stringify({ ...(JSON.parse(opened) as object), plant }),
      );
      const { code, stdout } = await tryProgram('--account', 'account.json', './bad.sh');
      expect(code).toBe(11);
      expect(stdout).toContain('FAILED    cleaning takes away what a holder left, and may be done twice');
      expect(stdout).toContain('After clean, leftovers names bucket b-1.');
    },
    EXAMPLE_MS_MAX,
  );

  test('a file that is no account says what it has to be, and nothing of what is in it', async () => {
    writeFileSync(join(folder, 'account.json'), '{"credentials": {"current": {"apikey": "very-secret"');
    const { code, stderr } = await tryProgram('--account', 'account.json', './p.sh');
    expect(code).toBe(2);
    expect(stderr).toContain('it is no JSON');
    expect(stderr).not.toContain('very-secret');
  });
});

test('the program of docs/writing-a-provider.md passes as it stands there', async () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'writing-a-provider.md'), 'utf8');
  const [, program = ''] = /^```sh provider.sh\n(.*?)^```$/ms.exec(page) ?? [];
  writeFileSync(join(folder, 'provider.sh'), program, { mode: 0o755 });
  const { code, stdout } = await tryProgram('./provider.sh');
  expect(stdout, stdout).toContain(' 0 failed');
  expect(code).toBe(0);
});

describe('a program that breaks the contract is told which rule, how that was seen, and what to do', () => {
  test.each(BROKEN_PROGRAMS)(
    '$what',
    async ({ lines, check, words }) => {
      const program = writeProgram(folder, lines);
      const { code, stdout } = await tryProgram('--timeout', '1s', program);
      expect(code).toBe(11);
      for (const text of [`FAILED    ${check}`, ...words]) expect(stdout).toContain(text);
      // What it could not remove is said, with where to find it.
      const places = [...stdout.matchAll(/is in (\S+)\.$/gm)].map(
        ([, stateDirectory = '']) => stateDirectory,
      );
      for (const place of places) expect(existsSync(place)).toBe(true);
      forget(places.map((stateDirectory) => ({ resource: '', why: '', stateDirectory })));
    },
    EXAMPLE_MS_MAX,
  );

  test('the same program without the defect passes, so it is the defect that fails', async () => {
    const { code, stdout } = await tryProgram(writeProgram(folder));
    expect(stdout, stdout).toContain(' 0 failed');
    expect(code).toBe(0);
  });

  test('a program that cannot answer at all is not asked for more', async () => {
    const { results } = await reportOn(writeProgram(folder, { observe: 'echo no such region >&2; exit 77' }));
    expect(results.map(({ outcome }) => outcome)).toEqual([
      'failed',
      ...results.slice(1).map(() => 'not run'),
    ]);
    expect(results[0]).toMatchObject({
      why: expect.stringContaining(
        'exit code 77 (refused) when asked to observe. It wrote last: no such region',
      ) as string,
      log: ['observe: no such region'],
    });
  });

  test(
    'what could not be removed is named, and where the program keeps it',
    async () => {
      const report = await reportOn(writeProgram(folder, { destroy: 'echo "{\\"state\\":\\"gone\\"}"' }));
      expect(report.remains[0]).toMatchObject({
        resource: expect.stringMatching(/^trial-/) as string,
        why: expect.stringContaining('destroy answered gone, and observe lists trial-') as string,
      });
      for (const { resource, stateDirectory } of report.remains) {
        expect(readdirSync(stateDirectory)).toContain(resource);
      }
      forget(report.remains);
    },
    EXAMPLE_MS_MAX,
  );
});

test('Ctrl-C ends it, removes what was made and says so', async () => {
  const things = join(folder, 'things');
  const program = writeProgram(folder, {
    first: `S=${things}/$POOLKEEPER_INSTANCE; mkdir -p "$S"`,
    // The second creation of a check waits for Ctrl-C, while the thing of the first is there.
    create: 'if mkdir "$S/$ID"; then echo "{\\"externalId\\":\\"$ID\\"}"; else sleep 40; fi',
  });
  await using trial = new CliProcess(['provider', 'test', program], { cwd: folder });
  await trial.until(({ stdout }) => stdout.includes('complete and in known words'));
  await trial.until(() => readdirSync(things).some((place) => readdirSync(join(things, place)).length > 0));
  trial.child.kill('SIGINT');
  expect(await trial.ended).toBe(11);
  expect(trial.stderr).toContain('interrupted; removing what was made');
  expect(trial.stdout).toContain('not run: the trial was interrupted');
  expect(trial.stdout).not.toContain('STILL THERE');
  expect(readdirSync(things).flatMap((place) => readdirSync(join(things, place)))).toEqual([]);
});

test('what cannot be used is refused before anything is made', async () => {
  const program = writeProgram(folder);
  writeFileSync(join(folder, 'list.json'), '[]');
  for (const [args, words] of [
    [['--template', '{', program], '--template is no JSON'],
    [['--template', 'none.json', program], 'The template cannot be read'],
    [['--template', 'list.json', program], 'list.json is no object'],
    [['--timeout', '1ms', program], 'a duration of 1s to 60s'],
    [['--environment', 'POOLKEEPER_TOKEN', program], 'does not begin with POOLKEEPER_'],
    [[], "missing required argument 'program'"],
  ] as const) {
    const { code, stderr } = await tryProgram(...args);
    expect(stderr).toContain(words);
    expect(code).toBe(2);
  }
  const { code, stdout } = await tryProgram('./nothing.sh');
  expect(code).toBe(11);
  expect(stdout).toContain(`There is no program ${join(folder, 'nothing.sh')}`);
});

test('options after the program are the program’s own', async () => {
  const program = writeProgram(folder, { first: 'echo "told $*" >&2; [ "$1" = --json ] && shift' });
  const { code, stdout } = await tryProgram(program, '--json');
  expect(stdout).toContain('0 failed');
  expect(code).toBe(0);
});
