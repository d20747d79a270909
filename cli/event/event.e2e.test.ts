import type { Event, Page } from '@poolkeeper/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommandLine } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

const FILE = [
  'providers: [{ name: hand, driver: static }]',
  'pools: [{ name: a, provider: hand }, { name: b, provider: hand }]',
  '',
].join('\n');

let server: RealServer;
let cli: CommandLine;
beforeAll(async () => {
  server = await RealServer.start(FILE);
  cli = new CommandLine(server, { columns: Infinity });
  for (let n = 1; n <= 12; n += 1)
    await cli.run('resource', 'register', `r${n}`, '--pool', n === 3 ? 'a' : 'b');
});
afterAll(() => server[Symbol.asyncDispose]());

const list = (...args: string[]) => cli.json<Page<Event>>('event', 'list', ...args);

describe('list', () => {
  test('tells what happened, oldest first, narrowed by what is asked', async () => {
    const { items } = await list('--pool', 'a');
    expect(items.map(({ type }) => type)).toEqual(['pool.created', 'resource.entered']);
    const entered = await list('--type', 'resource.entered', 'pool.created');
    expect(new Set(entered.items.map(({ type }) => type))).toEqual(
      new Set(['pool.created', 'resource.entered']),
    );
  });

  test('is bounded, and says how to go on behind it', async () => {
    const { stdout, stderr } = await cli.run('event', 'list', '--limit', '3');
    expect(stdout.trimEnd().split('\n').length).toBe(4);
    expect(stderr).toContain('--after 3 goes on behind these');
    expect((await list('--after', '3', '--limit', '1')).items[0]?.seq).toBe(4);
  });
});

describe('tail', () => {
  test('prints the last ones and ends', async () => {
    const { items } = await list('--limit', '1000');
    const { stdout } = await cli.run('event', 'tail', '--last', '4', '--json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Event);
    expect(events).toEqual(items.slice(-4));
  });

  test('finds the last of a kind that has long been seldom', async () => {
    const { stdout } = await cli.run('event', 'tail', '--pool', 'a', '--last', '2', '--json');
    const types = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as Event).type);
    expect(types).toEqual(['pool.created', 'resource.entered']);
    expect((await cli.run('event', 'tail', '--lease', 'lse_none')).stdout).toBe('');
  });

  test('follows what happens behind that, each once and without a gap, until Ctrl-C', async () => {
    const { items } = await list('--limit', '1000');
    const follower = new CommandLine(server);
    const running = follower.run('event', 'tail', '--follow', '--last', '2', '--json');
    await follower.until((stdout) => stdout.split('\n').length > 2);
    await cli.run('resource', 'register', 'late', '--pool', 'a');
    await follower.until((stdout) => stdout.split('\n').length > 3);
    follower.interrupt();
    const { code, stdout, stderr } = await running;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const seqs = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as Event).seq);
    const first = items.at(-2)?.seq ?? 0;
    expect(seqs).toEqual(seqs.map((_seq, index) => first + index));
    expect(seqs.length).toBe(3);
  });

  test('has a line for each, with names instead of documents', async () => {
    await cli.run('lease', 'acquire', '--item', '{pool: a}', '--item', '{pool: b, count: 2}');
    const { stdout } = await cli.run('event', 'tail', '--type', 'lease.granted');
    expect(stdout).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}lease\.granted .* resources=\w+,\w+,\w+ waitedMs=0/,
    );
  });
});
