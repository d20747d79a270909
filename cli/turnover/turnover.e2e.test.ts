import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, PublicKeySet, Turnover } from '@poolkeeper/client';
import type { SealedTurnover, TurnoverExport } from '@poolkeeper/turnover-record';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeyFileVault } from '../../server/seal/signing-key-file.ts';
import { SigningKeys } from '../../server/seal/signing-keys.ts';
import { anEndedRun } from '../../server/store/contract-documents.ts';
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts';
import { rememberTurnovers } from '../../server/testing/remember-turnovers.ts';
import { aRecord, aStep, NOON } from '../../turnover-record/testing/a-chain.ts';
import { runCli } from '../testing/cli-process.ts';
import { CommandLine } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

/** Records that a server made earlier, as they are shown, exported and verified; the server's own key has signed them. */

const FILE = 'providers: [{ name: hand, driver: static }]\npools: [{ name: boards, provider: hand }]\n';

let server: RealServer;
let cli: CommandLine;
beforeAll(async () => {
  const first = await RealServer.start(FILE);
  await first.stop();
  await recordTurnovers(join(first.folder, 'data'));
  server = await RealServer.start(FILE, { folder: first.folder });
  cli = new CommandLine(server, { columns: 200 });
  for (const [name, id] of [
    ['one', 'res_one'],
    ['plain', 'res_plain'],
    ['both', 'res_one', 'res_two'],
  ] as const) {
    const more = name === 'both' ? ['res_two'] : [];
    await cli.run('turnover', 'export', id, ...more, '--output', `${name}.json`);
  }
  writeFileSync(path('keys.json'), (await cli.run('key', 'list', '--json')).stdout);
});
afterAll(() => server[Symbol.asyncDispose]());

/** Writes what the decisions of a keeper would have: into the store, under a term of its own, signed by the key of the folder. */
async function recordTurnovers(data: string): Promise<void> {
  await using store = await openSqliteStore({ directory: data });
  const keys = await SigningKeys.open({ vault: createKeyFileVault(data), memory: store, now: NOON });
  const turnovers: SealedTurnover[] = [];
  for (const resource of ['res_one', 'res_two', 'res_plain']) {
    let previous: string | null = null;
    for (const number of [1, 2, 3]) {
      const isPlain = resource === 'res_plain' && number === 2;
      const record = aRecord({
        resource,
        number,
        previous,
        epoch: number,
        holder: number === 1 ? 'ann' : 'ben',
        ...(isPlain ? { verdict: 'cleaned', steps: [aStep({ phase: 'clean' })] } : {}),
        endedAt: NOON + number * 60_000,
      });
      const sealed = keys.sealRecord(record);
      turnovers.push({ record, ...sealed });
      previous = sealed.hash;
    }
  }
  const term = await store.claim();
  const runs = [
    anEndedRun('run_1', { pool: 'boards' }),
    anEndedRun('run_2', { pool: 'boards', status: 'failed' }),
  ];
  await rememberTurnovers(store, { term, turnovers, runs });
}

const path = (name: string): string => join(server.folder, name);
const verify = (file: string, keys = 'keys.json', ...more: string[]) =>
  cli.run('verify', file, '--keys', keys, ...more);

/** Writes another file like one that was exported. */
function edit(name: string, change: (file: TurnoverExport) => unknown, from = 'one.json'): string {
  const file = JSON.parse(readFileSync(path(from), 'utf8')) as TurnoverExport;
  writeFileSync(path(name), JSON.stringify(change(file)));
  return name;
}
const withRecords = (
  file: TurnoverExport,
  change: (records: readonly SealedTurnover[]) => readonly unknown[],
): unknown => ({
  ...file,
  chains: file.chains.map((chain) => ({ ...chain, records: change(chain.records) })),
});

test('the records of a resource are shown, with their steps where they are wanted', async () => {
  const { code, stdout } = await cli.run('turnover', 'show', 'res_one');
  expect(code).toBe(0);
  const [title, ...lines] = stdout.trim().split('\n');
  expect(title?.split(/ {2,}/)).toEqual([
    '#',
    'WHEN',
    'TOOK',
    'HAD BY',
    'EPOCH',
    'VERDICT',
    'STEPS',
    'LEASE',
    'HASH',
  ]);
  expect(lines).toHaveLength(3);
  expect(lines[2]).toMatch(/^3 .* 3m +ben +3 +verified +clean, look +lse_1 +[0-9a-f]{12}$/);
  const { stdout: steps } = await cli.run('turnover', 'show', 'res_plain', '--steps');
  expect(steps).toContain('Record 2: cleaned');
  expect(steps).toMatch(/clean +nothing-left\/look +ssh +passed +1 +0s +0 +12 B abababababab +files=0/);
  const { items } = await cli.json<Page<Turnover>>('turnover', 'show', 'res_one');
  expect(items.map(({ record }) => record.number)).toEqual([1, 2, 3]);
  const nobody = await cli.run('turnover', 'show', 'res_never');
  expect([nobody.code, nobody.stderr]).toEqual([
    5,
    expect.stringContaining('no turnover of one is recorded'),
  ]);
});

test('an export goes to a file, or to standard output, and says what to do next', async () => {
  const { code, stdout } = await cli.run('turnover', 'export', 'res_one', 'res_two', '--output', 'both.json');
  expect(code).toBe(0);
  expect(stdout).toBe(
    'Wrote 6 records of 2 resources to both.json.\n' +
      'Verify it with "poolkeeper verify both.json --keys KEYS.json", anywhere.\n',
  );
  expect(existsSync(path('both.json.partial'))).toBe(false);
  const printed = (await cli.run('turnover', 'export', 'res_one')).stdout;
  expect((JSON.parse(printed) as TurnoverExport).chains[0]?.records).toHaveLength(3);
  const refused = await cli.run('turnover', 'export', 'res_one', '--output', 'nowhere/x.json');
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('cannot be written')]);
});

describe('verify', () => {
  test('ends with 0 when all is proven, with no server and no setting of one', async () => {
    const folder = path('elsewhere');
    mkdirSync(folder);
    for (const name of ['both.json', 'keys.json']) copyFileSync(path(name), join(folder, name));
    const { code, stdout, stderr } = await runCli(['verify', 'both.json', '--keys', 'keys.json'], {
      cwd: folder,
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('b1 (res_one): 3 of 3 records signed by known keys, as it was on ');
    expect(stdout).toContain('  3 verified\n  by key ');
    expect(stdout).toContain('PROVEN: every record is there');
  });

  test('tells tampering, a gap, another key and what was not verified apart', async () => {
    const tampered = edit('tampered.json', (file) =>
      withRecords(file, ([first, ...rest]) => [
        { ...first, record: { ...first?.record, holder: 'nobody' } },
        ...rest,
      ]),
    );
    const gap = edit('gap.json', (file) => withRecords(file, (records) => records.slice(0, 2)));
    writeFileSync(path('other-keys.json'), await keysOfAnotherServer());
    const said = async (...args: Parameters<typeof verify>) => {
      const { code, stdout } = await verify(...args);
      return [code, stdout.trim().split('\n').slice(-2).join('\n')];
    };
    expect(await said(tampered)).toEqual([
      12,
      expect.stringMatching(
        /^tampered res_one: Record 1: what it says is not what was signed\.\nTAMPERED WITH: /,
      ),
    ]);
    expect(await said(gap)).toEqual([
      13,
      expect.stringMatching(/^gap res_one: Record 3 is missing at the end: there were 3\.\nA GAP: /),
    ]);
    expect(await said('one.json', 'other-keys.json')).toEqual([
      14,
      expect.stringMatching(/^wrong key res_one: The head: .*\nANOTHER KEY: /),
    ]);
    expect(await said('plain.json')).toEqual([
      15,
      expect.stringMatching(
        /^unproven res_plain: Record 2: it was cleaned, and nothing verified that\.\nNOT PROVEN: /,
      ),
    ]);
  });

  test('refuses an export that is older than is wanted', async () => {
    expect((await verify('one.json', 'keys.json', '--max-age', '1h')).code).toBe(0);
    const old = await verify('one.json', 'keys.json', '--max-age', '0s');
    expect([old.code, old.stdout]).toEqual([13, expect.stringContaining('later records are not in it')]);
    expect((await verify('one.json', 'keys.json', '--max-age', 'soon')).code).toBe(2);
  });

  test('prints for programs what it found', async () => {
    const { stdout, code } = await verify('plain.json', 'keys.json', '--json');
    expect(code).toBe(15);
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'unproven',
      chains: [
        {
          resource: 'res_plain',
          verdict: 'unproven',
          head: { count: 3 },
          records: [{ number: 1, isSigned: true }, {}, {}],
        },
      ],
      findings: [{ kind: 'unproven', resource: 'res_plain', number: 2 }],
    });
  });

  test('says in words what is wrong with its files', async () => {
    writeFileSync(path('garbage.json'), '\u0000\u001b[31m{');
    const cases: [string, string, RegExp][] = [
      ['garbage.json', 'keys.json', /^poolkeeper: garbage\.json: It is no JSON: /],
      ['keys.json', 'keys.json', /keys\.json: It is no export of turnover records\. Make one with/],
      ['one.json', 'one.json', /one\.json: it is no set of keys\. Save the answer of GET/],
      [
        'nowhere.json',
        'keys.json',
        /nowhere\.json cannot be read: .*\nName a file that is there\. Nothing was verified\./,
      ],
      ['.', 'keys.json', /\. cannot be read: /],
    ];
    for (const [file, keys, message] of cases) {
      const { code, stderr } = await verify(file, keys);
      expect([file, code]).toEqual([file, 2]);
      expect(stderr).toMatch(message);
      // oxlint-disable-next-line no-control-regex
      expect(stderr.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f]/);
    }
    expect((await cli.run('verify', 'one.json')).stderr).toContain(
      "required option '--keys <file>' not specified",
    );
  });
});

test('runs are listed and shown', async () => {
  const { stdout } = await cli.run('run', 'list', '--pool', 'boards');
  expect(stdout).toMatch(/run_2 +b1 +boards +release +failed .*\nrun_1 +b1 +boards +release +passed /);
  expect((await cli.run('run', 'list', '--status', 'failed')).stdout).not.toContain('run_1');
  const shown = await cli.run('run', 'get', 'run_1');
  expect(shown.stdout).toMatch(/status +passed\n/);
  expect(shown.stdout).toMatch(/1 +clean +wipe\/clean +exec +passed +1 +0s +0 +removed=3/);
  const none = await cli.run('run', 'show', 'run_9');
  expect([none.code, none.stderr]).toEqual([5, expect.stringContaining('poolkeeper run list')]);
});

test('a key that is rotated away still verifies what it signed', async () => {
  const before = await cli.json<PublicKeySet>('key', 'list');
  const { stderr, stdout } = await cli.run('key', 'rotate');
  expect(stderr).toContain('Save the new set: poolkeeper key list --json > keys.json');
  expect(stdout).toMatch(/ signs .*\n.* retired /);
  const after = await cli.json<PublicKeySet>('key', 'list');
  expect(after.keys.map(({ kid }) => kid).slice(1)).toEqual(before.keys.map(({ kid }) => kid));
  writeFileSync(path('new-keys.json'), JSON.stringify(after));
  expect((await verify('both.json', 'new-keys.json')).code).toBe(0);
  await cli.run('turnover', 'export', 'res_one', '--output', 'late.json');
  expect((await verify('late.json', 'new-keys.json')).code).toBe(0);
  expect((await verify('late.json', 'keys.json')).code).toBe(14);
});

test('a server restored elsewhere makes a key of its own, and its old records are still proven', async () => {
  await cli.run('turnover', 'export', 'res_two', '--output', 'two.json');
  const { stdout } = await cli.run('backup', 'monday.db', '--data', 'data');
  expect(stdout).toContain('Nor is the key that signs turnover records (signing-keys.json)');
  const folder = path('restored');
  mkdirSync(folder);
  await runCli(['restore', path('monday.db'), '--data', 'data'], { cwd: folder });
  copyFileSync(path('data/admin.token'), join(folder, 'data', 'admin.token'));
  await using second = await RealServer.start(FILE, { folder });
  const there = new CommandLine(second);
  writeFileSync(join(folder, 'keys.json'), (await there.run('key', 'list', '--json')).stdout);
  const old = (await cli.json<PublicKeySet>('key', 'list')).keys.map(({ kid }) => kid);
  const now = (await there.json<PublicKeySet>('key', 'list')).keys;
  expect(
    now
      .slice(1)
      .map(({ kid }) => kid)
      .toSorted(),
  ).toEqual(old.toSorted());
  expect(now.map(({ exp }) => exp === undefined)).toEqual([true, ...old.map(() => false)]);
  copyFileSync(path('two.json'), join(folder, 'two.json'));
  expect((await there.run('verify', 'two.json', '--keys', 'keys.json')).code).toBe(0);
  await there.run('turnover', 'export', 'res_two', '--output', 'after.json');
  expect((await there.run('verify', 'after.json', '--keys', 'keys.json')).code).toBe(0);
});

async function keysOfAnotherServer(): Promise<string> {
  const data = path('other-data');
  await using store = await openSqliteStore({ directory: data });
  return JSON.stringify(
    (await SigningKeys.open({ vault: createKeyFileVault(data), memory: store, now: NOON })).published(),
  );
}
