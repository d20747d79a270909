import { join } from 'node:path';
import type { Page, Profile, Workflow } from '@poolkeeper/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandLine } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

const FILE = `providers: [{ name: lab, driver: static }]
workflows:
  - name: wipe
    steps:
      - { name: clean, uses: exec, with: { command: [./wipe.sh, "\${secrets.root}"] }, timeout: 5m, retries: 2 }
      - { name: settle, uses: wait, with: { for: 1s }, if: kind == "board" }
  - { name: spare, steps: [{ name: ask, uses: approval, with: { message: "Go on?" } }] }
profiles:
  - { name: fast, params: { speed: 3 } }
  - { name: slow, params: {} }
pools:
  - name: boards
    on: { enter: { addProfiles: [fast], addParams: { a: 1, b: 2 } }, release: { clean: wipe, removeParams: [a] } }
    cooldown: 30s
    maxUses: 200
    maxAge: 30d
`;

let server: RealServer;
let cli: CommandLine;
beforeAll(async () => {
  server = await RealServer.start(FILE);
  cli = new CommandLine(server, { columns: 120 });
});
afterAll(() => server[Symbol.asyncDispose]());

test('workflows are listed with their steps, where they run and what they lack', async () => {
  const { items } = await cli.json<Page<Workflow>>('workflow', 'list');
  expect(items.map(({ name, missingSecrets }) => [name, missingSecrets])).toEqual([
    ['spare', []],
    ['wipe', ['root']],
  ]);
  const { stdout } = await cli.run('workflow', 'list');
  expect(stdout).toMatch(/^wipe +clean, settle +boards: release clean +root +1$/m);
});

test('one is shown step by step, with what to do about it first', async () => {
  const { stdout } = await cli.run('workflow', 'show', 'wipe');
  expect(stdout).toMatch(/^It needs secrets that are not set: root\./);
  expect(stdout).toMatch(/^used by +boards: release clean$/m);
  expect(stdout).toMatch(/^clean +exec +5m +2 +hold/m);
  expect(stdout).toMatch(/^settle +wait +10m +hold +kind == "board" +\{"for":"1s"\}$/m);
});

test('profiles are listed and shown', async () => {
  const { items } = await cli.json<Page<Profile>>('profile', 'list');
  expect(items.map(({ name }) => name)).toEqual(['fast', 'slow']);
  const { stdout } = await cli.run('profile', 'show', 'fast');
  expect(stdout).toMatch(/^used by +boards: enter addProfiles$/m);
  expect(stdout).toMatch(/^params.speed +3$/m);
});

test('a pool is shown with what its transitions do', async () => {
  const { stdout } = await cli.run('pool', 'show', 'boards');
  expect(stdout).toMatch(/^on enter +gives profile fast, params a and b$/m);
  expect(stdout).toMatch(/^on release +clean wipe; takes param a$/m);
  expect(stdout).toMatch(/^cooldown +30s$/m);
  expect(stdout).toMatch(/^given up +after 200 leases, at an age of 30d$/m);
});

test('what is in use is not removed, and what is not is', async () => {
  const used = await cli.run('workflow', 'remove', 'wipe');
  expect([used.code, used.stderr]).toEqual([6, expect.stringContaining('transitions of pool boards')]);
  expect((await cli.run('workflow', 'remove', 'spare')).stdout).toBe('removed spare\n');
  expect((await cli.run('profile', 'remove', 'slow', '--if-version', '1')).stdout).toBe('removed slow\n');
  const gone = await cli.run('profile', 'show', 'slow');
  expect([gone.code, gone.stderr]).toEqual([5, expect.stringContaining('poolkeeper profile list')]);
});

test('a plan warns of a secret that is not set, and the doctor too', async () => {
  const plan = await cli.run('plan', '-f', join(server.folder, 'poolkeeper.yaml'));
  expect(plan.stdout).toContain('! step "clean" of workflow "wipe" needs the secret "root"');
  const { stdout } = await cli.run('doctor');
  expect(stdout).toMatch(/^warning +workflows +wipe name secrets that are not set: root\./m);
});
