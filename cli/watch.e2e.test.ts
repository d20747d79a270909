import type { Page, Pool } from '@poolkeeper/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandLine } from './testing/in-process.ts';
import { RealServer } from './testing/real-server.ts';

const FILE = 'providers: [{ name: hand, driver: static }]\npools: [{ name: a, provider: hand }]\n';

let server: RealServer;
let cli: CommandLine;
beforeAll(async () => {
  server = await RealServer.start(FILE);
  cli = new CommandLine(server);
});
afterAll(() => server[Symbol.asyncDispose]());

test('as JSON a watched list has a line for each change, and ends well with Ctrl-C', async () => {
  const watcher = new CommandLine(server);
  const running = watcher.run('pool', 'list', '--watch', '--json');
  await watcher.until((stdout) => stdout.includes('\n'));
  await cli.run('resource', 'register', 'r1', '--pool', 'a');
  await watcher.until((stdout) => stdout.split('\n').length > 2);
  watcher.interrupt();
  const { code, stdout, stderr } = await running;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const pages = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Page<Pool>);
  expect(pages.map(({ items }) => items[0]?.resources['free'])).toEqual([0, 1]);
});

test('on a pipe each change is a block that says when', async () => {
  const watcher = new CommandLine(server);
  const running = watcher.run('pool', 'show', 'a', '--watch');
  await watcher.until((stdout) => stdout.includes('members'));
  await cli.run('resource', 'register', 'r2', '--pool', 'a');
  await watcher.until((stdout) => stdout.includes('free=2'));
  watcher.interrupt();
  expect((await running).stdout.match(/^\d{4}-\d\d-\d\dT\S+Z$/gm)?.length).toBe(2);
});

test('on a terminal it is drawn in place, with colours and no line longer than the terminal', async () => {
  const watcher = new CommandLine(server, { isTerminal: true, columns: 60, rows: 10 });
  const running = watcher.run('pool', 'list', '--watch');
  await watcher.until((stdout) => stdout.split('Ctrl-C ends').length > 2);
  watcher.interrupt();
  const { code, stdout } = await running;
  expect(code).toBe(0);
  // Two titles and rows, an empty line and the state: it goes back up over them.
  expect(stdout).toContain('\u001b[4A');
  expect(stdout).toContain('\u001b[32mopen\u001b[39m');
});

test('what cannot be shown at all is an error, as without --watch', async () => {
  const { code, stderr } = await cli.run('pool', 'show', 'nowhere', '--watch');
  expect(code).toBe(5);
  expect(stderr).toContain('There is no pool "nowhere"');
});
