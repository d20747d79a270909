import type { ActionResults, Page, Resource } from '@poolkeeper/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CommandLine, steady, words } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

const FILE = [
  'providers: [{ name: hand, driver: static }]',
  'pools:',
  '  - { name: lab, provider: hand, resources: [{ name: b1, labels: { arch: arm64 } }, { name: b2 }, { name: b3 }] }',
  '',
].join('\n');

let server: RealServer;
let cli: CommandLine;
const questions: string[] = [];
let answer = 'no';

beforeAll(async () => {
  server = await RealServer.start(FILE);
  cli = new CommandLine(server, { columns: 300 });
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => cli.run(...words('resource retry --pool lab --yes')));

const run = (line: string) => cli.run(...words(line));

async function statuses(): Promise<string[]> {
  const { items } = await cli.json<Page<Resource>>('resource', 'list');
  return items.map(({ status }) => status);
}

/** Somebody at a terminal, who is asked. */
function asked(line: string) {
  const person = new CommandLine(server, {
    columns: 300,
    isTerminal: true,
    ask: async (question) => {
      questions.push(question);
      return answer;
    },
  });
  return person.run(...words(line));
}

describe('many resources', () => {
  test('are asked about first, by name, and left alone after a no', async () => {
    answer = 'no';
    expect((await asked('resource quarantine --pool lab')).code).toBe(6);
    expect(questions.at(-1)).toBe(
      'quarantine 3 resources: b1 of lab, b2 of lab, b3 of lab? Only "yes" does it: ',
    );
    expect(await statuses()).toEqual(['free', 'free', 'free']);
    answer = 'yes';
    expect((await asked('resource quarantine --pool lab --reason smoke')).code).toBe(0);
    expect(await statuses()).toEqual(['quarantined', 'quarantined', 'quarantined']);
  });

  test('are not acted on where nobody can be asked, unless that was agreed to', async () => {
    const { code, stderr } = await run('resource quarantine --all');
    expect([code, stderr]).toEqual([6, expect.stringContaining('nobody can be asked')]);
    expect((await run('resource quarantine --all --yes')).code).toBe(0);
    expect(await statuses()).toEqual(['quarantined', 'quarantined', 'quarantined']);
  });

  test('are only looked at with --dry-run', async () => {
    const { stdout } = await run('resource quarantine --all --dry-run');
    expect(stdout.match(/would be quarantined/g)).toHaveLength(3);
    expect(await statuses()).toEqual(['free', 'free', 'free']);
  });

  test('one of which refuses are all told of, and the command ends like the refusal', async () => {
    await run('resource quarantine b1 --pool lab');
    const { code, stdout, stderr } = await run('resource retry --all --yes');
    expect(code).toBe(6);
    expect(steady(stdout)).toBe('retried b1 (res_000000000000000000): it is free\n');
    expect(stderr.match(/"retry" is refused/g)).toHaveLength(2);
  });
});

test('one resource that fits is not asked about', async () => {
  const { stdout } = await run('resource quarantine --match arch=arm64');
  expect(stdout).toContain('quarantined b1');
  const { items } = await cli.json<ActionResults>(...words('resource retry --filter name=="b1"'));
  expect(items).toMatchObject([{ name: 'b1', status: 'free', refusal: null }]);
});

test('where nothing fits, that is said', async () => {
  expect((await run('resource retry --held')).stdout).toBe('No resource fits, so there was nothing to do.\n');
});

test.each([
  ['resource retire', 'nothing says which are meant'],
  ['resource retire --dry-run', 'nothing says which are meant'],
  ['resource retire b1 --pool lab --held', 'Resources are named'],
  ['resource retire --pool lab --if-version 3', 'none is named'],
])('%s makes no sense', async (line, text) => {
  const { code, stderr } = await run(line);
  expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
});

test('to skip many takes a reason too', async () => {
  expect((await run('resource skip --held')).code).toBe(2);
});
