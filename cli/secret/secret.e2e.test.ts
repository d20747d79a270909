import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, Secret } from '@poolkeeper/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandLine } from '../testing/in-process.ts';
import { runCli } from '../testing/cli-process.ts';
import { RealServer } from '../testing/real-server.ts';

const VALUE = 'tiger-tiger-burning';

let server: RealServer;
let cli: CommandLine;
beforeAll(async () => {
  server = await RealServer.start(null);
  cli = new CommandLine(server);
});
afterAll(() => server[Symbol.asyncDispose]());

test('a secret comes from standard input, and nothing that is printed has it', async () => {
  const set = await runCli(['secret', 'set', 'root'], {
    env: server.env,
    cwd: server.folder,
    input: `${VALUE}\n`,
  });
  expect(set).toEqual({ code: 0, stdout: 'set root (version 1)\n', stderr: '' });
  const again = await new CommandLine(server, { input: `${VALUE}-2` }).run('secret', 'set', 'root');
  expect(again.stdout).toBe('changed root (version 2)\n');
  const { items } = await cli.json<Page<Secret>>('secret', 'list');
  expect(items).toMatchObject([{ name: 'root', version: 2, canOpen: true, workflows: [] }]);
  const shown = (await cli.run('secret', 'show', 'root')).stdout + (await cli.run('secret', 'list')).stdout;
  expect(shown).toMatch(/^workflows +none name it$/m);
  expect(shown).not.toContain('tiger');
});

test('a person types it, and a file is taken as it is', async () => {
  const person = new CommandLine(server, {
    ask: async (question) => (question.includes('typed') ? VALUE : ''),
  });
  expect((await person.run('secret', 'set', 'typed')).stdout).toBe('set typed (version 1)\n');
  const nobody = new CommandLine(server, { ask: async () => undefined });
  expect((await nobody.run('secret', 'set', 'typed')).code).toBe(2);
  writeFileSync(join(server.folder, 'key.pem'), 'a\nb\n');
  expect((await cli.run('secret', 'set', 'key', '--file', 'key.pem')).code).toBe(0);
});

test.each([
  ['', 'There is nothing in standard input'],
  ['\n', 'There is nothing in standard input'],
  [VALUE.repeat(5_000), 'more than 65536 bytes'],
])('input of %j is refused before anything is sent', async (input, message) => {
  const { code, stderr } = await new CommandLine(server, { input }).run('secret', 'set', 'no');
  expect([code, stderr.includes(message), stderr.includes('tiger')]).toEqual([2, true, false]);
});

test('what is no text, and a file that is not there, are refused', async () => {
  writeFileSync(join(server.folder, 'binary'), new Uint8Array([0xff, 0xfe, 0x00]));
  expect((await cli.run('secret', 'set', 'no', '--file', 'binary')).stderr).toContain('base64');
  expect((await cli.run('secret', 'set', 'no', '--file', 'none')).stderr).toContain('cannot be read');
});

test('it is never an argument', async () => {
  const { code, stderr } = await cli.run('secret', 'set', 'root', VALUE);
  expect(code).toBe(2);
  expect(stderr).toContain('too many arguments');
});

test('several are removed, each with its own outcome', async () => {
  await new CommandLine(server, { input: VALUE }).run('secret', 'set', 'a');
  const { code, stdout, stderr } = await cli.run('secret', 'remove', 'a', 'none');
  expect([code, stdout]).toEqual([5, 'removed a\n']);
  expect(stderr).toContain('There is no secret "none"');
});

test('a name that is none is refused with what is allowed', async () => {
  const { code, stderr } = await new CommandLine(server, { input: VALUE }).run('secret', 'set', 'Root');
  expect(code).toBe(2);
  expect(stderr).toContain('small letters');
});

test('a server with another key starts, says which secrets it cannot open, and has them again with the key', async () => {
  await using one = await RealServer.start(null, { logLevel: 'info' });
  await new CommandLine(one, { input: VALUE }).run('secret', 'set', 'root');
  await one.stop();
  const file = join(one.folder, 'data', 'master.key');
  const key = readFileSync(file, 'utf8').trim();
  writeFileSync(file, `${Buffer.alloc(32, 5).toString('base64')}\n`);
  const options = { folder: one.folder, logLevel: 'info' };
  const wrong = await RealServer.start(null, options);
  await wrong.process.until(({ stdout }) => stdout.includes('SECRETS CANNOT BE OPENED'));
  expect((await new CommandLine(wrong).run('secret', 'list')).stdout).toMatch(/^root +1 .* missing/m);
  await wrong.stop();
  const right = await RealServer.start(null, { ...options, env: { POOLKEEPER_MASTER_KEY_OLD: key } });
  await right.process.until(({ stdout }) => stdout.includes('no secret needs an earlier one any more'));
  await right.stop();
  // The earlier key is not needed any more.
  const alone = await RealServer.start(null, options);
  expect(await new CommandLine(alone).json<Secret>('secret', 'show', 'root')).toMatchObject({
    canOpen: true,
    version: 1,
  });
  await alone.stop();
  expect(alone.process.stdout).not.toContain('SECRETS CANNOT BE OPENED');
});

test('a key file that is broken keeps the server from starting, with what to do', async () => {
  await using one = await RealServer.start(null);
  await one.stop();
  writeFileSync(join(one.folder, 'data', 'master.key'), 'half a k');
  const { code, stderr } = await runCli(['serve', '--data', 'data', '--listen', '127.0.0.1:0'], {
    cwd: one.folder,
  });
  expect(code).toBe(2);
  expect(stderr).toContain('holds no key');
  expect(stderr).not.toContain('half a k');
});
