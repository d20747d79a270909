import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event, Page, Resource, Runner } from '@poolkeeper/client';
import type { Pool, ProviderEntry, Step, Workflow } from '@poolkeeper/core';
import { POOL_DEFAULTS } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts';
import { CliProcess, eventually } from '../testing/cli-process.ts';
import { CommandLine } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

/** How long a lost job may take to be another's, in milliseconds: the silence that is waited for, and a margin. */
const LOST_MS_MAX = 60_000;
const TEST_MS_MAX = 120_000;

/** A data directory whose pool enters its members by one step, for runners at the lab. */
async function prepare(step: Partial<Step>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'poolkeeper-runner-'));
  await using store = await openSqliteStore({ directory: join(folder, 'data') });
  const term = await store.claim();
  const { meta } = await store.load();
  const install: Step = {
    name: 'install',
    uses: 'exec',
    with: {},
    timeoutMs: 60_000,
    retries: 0,
    if: null,
    onFailure: 'hold',
    runsOn: { site: 'lab' },
    ...step,
  };
  const workflow: Workflow = { name: 'enter', steps: [install], version: 1, createdAt: 0 };
  const made = { status: 'open', version: 1, createdAt: 0 } as const;
  const provider: ProviderEntry = { name: 'hand', driver: 'static', makes: false, options: {}, ...made };
  const pool: Pool = {
    ...POOL_DEFAULTS,
    name: 'boards',
    kind: 'machine',
    provider: 'hand',
    on: { enter: { workflow: 'enter' } },
    templateRevision: 1,
    ...made,
  };
  const upserts = [
    { kind: 'provider', id: 'hand', document: provider },
    { kind: 'workflow', id: 'enter', document: workflow },
    { kind: 'pool', id: 'boards', document: pool },
  ] as const;
  await store.commit({ term, meta, upserts, deletes: [], ended: [], runs: [], records: [], events: [] });
  return folder;
}

type Lab = { readonly server: RealServer; readonly cli: CommandLine; readonly token: string };

async function startLab(folder: string): Promise<Lab> {
  const server = await RealServer.start(null, { folder });
  const cli = new CommandLine(server);
  const made = await cli.run('token', 'create', '--role', 'runner', '--labels', 'site=lab', '--secret-only');
  return { server, cli, token: made.stdout.trim() };
}

function startRunner({ server, token }: Lab, name: string, ...more: string[]): CliProcess {
  const env = { POOLKEEPER_URL: server.url, POOLKEEPER_TOKEN: token };
  return new CliProcess(['runner', '--name', name, ...more], { env, cwd: server.folder });
}

const statusOf = async (cli: CommandLine): Promise<string | undefined> =>
  (await cli.json<Page<Resource>>('resource', 'list')).items[0]?.status;
const untilStatus = (cli: CommandLine, status: string, withinMs?: number): Promise<boolean> =>
  eventually(async () => ((await statusOf(cli)) === status ? true : undefined), withinMs);
const register = async (cli: CommandLine): Promise<void> =>
  void (await cli.json('resource', 'register', 'b1', '--pool', 'boards'));

test(
  'a step is done on another machine, with its secret, which nothing tells',
  async () => {
    const command = ['sh', '-c', 'echo "it is $WORD"; echo "$WORD" > seen'];
    const folder = await prepare({ with: { command, env: { WORD: '${secrets.word}' } } });
    const lab = await startLab(folder);
    await using _server = lab.server;
    const input = 'tiger-tiger';
    await new CommandLine(lab.server, { input }).run('secret', 'set', 'word');
    await using runner = startRunner(lab, 'one');
    await register(lab.cli);
    await untilStatus(lab.cli, 'free');
    expect(readFileSync(join(folder, 'seen'), 'utf8')).toBe('tiger-tiger\n');
    await runner.until(({ stdout }) => /^step install of run_\S+ on b1 passed after/m.test(stdout));
    const events = await lab.cli.json<{ items: Event[] }>('event', 'list');
    expect(JSON.stringify(events)).not.toContain('tiger');
    expect(runner.stdout + runner.stderr).not.toContain('tiger');
    const { items } = await lab.cli.json<Page<Runner>>('runner', 'list');
    expect(items).toMatchObject([{ name: 'one', labels: { site: 'lab' }, state: 'connected', jobs: [] }]);
    const shown = await lab.cli.run('runner', 'list');
    expect(shown.stdout).toMatch(/^one +connected +site=lab/m);
    runner.child.kill('SIGTERM');
    expect(await runner.ended).toBe(0);
  },
  TEST_MS_MAX,
);

test(
  'a runner that is killed in the middle loses its step to another one',
  async () => {
    // The first attempt never ends; the next one finds its trace.
    const command = [
      'sh',
      '-c',
      'if [ -e began ]; then echo two > done; else echo $$ > began; exec sleep 600; fi',
    ];
    const folder = await prepare({ with: { command } });
    const lab = await startLab(folder);
    await using _server = lab.server;
    await using first = startRunner(lab, 'one');
    await register(lab.cli);
    await eventually(async () => (readable(join(folder, 'began')) ? true : undefined));
    first.child.kill('SIGKILL');
    await first.ended;
    // Nobody is left to end what the runner had started.
    process.kill(Number(readFileSync(join(folder, 'began'), 'utf8')), 'SIGKILL');
    await using _second = startRunner(lab, 'two');
    await untilStatus(lab.cli, 'free', LOST_MS_MAX);
    const { items } = await lab.cli.json<{ items: Event[] }>('event', 'list');
    const claims = items.filter(({ type }) => type.startsWith('job.')).map(({ type, data }) => [type, data]);
    expect(claims).toMatchObject([
      ['job.claimed', { fence: 1, runner: expect.stringMatching(/^one@/) }],
      ['job.released', { fence: 1, reason: 'silent' }],
      ['job.claimed', { fence: 2, runner: expect.stringMatching(/^two@/) }],
    ]);
  },
  TEST_MS_MAX,
);

test(
  'a runner goes on while its server is started again, and reports to the next one',
  async () => {
    const command = ['sh', '-c', 'echo $$ > began; while [ ! -e go ]; do sleep 0.05; done; echo done'];
    const folder = await prepare({ with: { command } });
    const lab = await startLab(folder);
    await using runner = startRunner(lab, 'one');
    await register(lab.cli);
    await eventually(async () => (readable(join(folder, 'began')) ? true : undefined));
    await lab.server.stop('SIGKILL');
    const { host } = new URL(lab.server.url);
    await using next = await RealServer.start(null, { folder, listen: host });
    writeFileSync(join(folder, 'go'), '');
    const cli = new CommandLine(next);
    await untilStatus(cli, 'free');
    const { items } = await cli.json<{ items: Event[] }>('event', 'list');
    expect(items.filter(({ type }) => type.startsWith('job.')).map(({ type }) => type)).toEqual([
      'job.claimed',
    ]);
    await runner.until(({ stderr }) => stderr.includes('The server answers again.'));
  },
  TEST_MS_MAX,
);

test(
  'a runner that is told to stop gives back what it cannot finish',
  async () => {
    const command = ['sh', '-c', 'if [ -e began ]; then exit 0; fi; echo $$ > began; exec sleep 600'];
    const folder = await prepare({ with: { command } });
    const lab = await startLab(folder);
    await using _server = lab.server;
    await using first = startRunner(lab, 'one', '--drain', '200ms');
    await register(lab.cli);
    await eventually(async () => (readable(join(folder, 'began')) ? true : undefined));
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(first.stdout).toContain('was given back');
    await using _second = startRunner(lab, 'two');
    await untilStatus(lab.cli, 'free');
  },
  TEST_MS_MAX,
);

test(
  'a token that is none of a runner is refused with what to do',
  async () => {
    await using server = await RealServer.start(null);
    const { code, stderr } = await server.run('runner', '--labels', 'site=lab');
    expect(code).toBe(4);
    expect(stderr).toContain('runner');
  },
  TEST_MS_MAX,
);

/** Is it there, and written? */
function readable(file: string): boolean {
  try {
    return readFileSync(file, 'utf8') !== '';
  } catch {
    return false;
  }
}
