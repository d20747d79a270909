import type { Page, Resource, Run } from '@poolkeeper/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandLine } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

/** What workflows ask people, answered at the command line of a real server. */

const FILE = `providers: [{ name: lab, driver: static }]
workflows:
  - name: admit
    steps:
      - { name: look, uses: approval, with: { message: "Is \${resource.name} well?" } }
      - { name: agree, uses: approval, with: { message: "Lend it?" } }
pools:
  - name: boards
    on: { enter: { workflow: admit } }
    resources: [{ name: b1 }, { name: b2 }]
`;

let server: RealServer;
let cli: CommandLine;
beforeAll(async () => {
  server = await RealServer.start(FILE);
  cli = new CommandLine(server, { columns: 160 });
});
afterAll(() => server[Symbol.asyncDispose]());

async function runOf(name: string): Promise<Run> {
  const { items } = await cli.json<Page<Run>>('run', 'list', '--waiting');
  const run = items.find(({ resourceName }) => resourceName === name);
  if (run === undefined) throw new Error(`${name} waits for nobody`);
  return run;
}

test('what is asked is listed, explained and shown with the command that answers it', async () => {
  const { id, resource } = await runOf('b1');
  const { stdout: list } = await cli.run('run', 'list', '--waiting');
  expect(list).toMatch(new RegExp(`^${id} +b1 +boards +enter +running +look +Is b1 well\\?`, 'm'));
  const { stdout: explained } = await cli.run('resource', 'explain', resource);
  const { stdout: shown } = await cli.run('run', 'show', id);
  for (const text of [explained, shown]) {
    const words = text.replaceAll(/\s+/g, ' ');
    expect(words).toContain(`"poolkeeper run approve ${id}" or "poolkeeper run deny ${id} --reason TEXT"`);
  }
});

test('a yes says which question it answered and what comes then', async () => {
  const { id, resource } = await runOf('b1');
  const first = await cli.run('run', 'approve', id, '--reason', 'heard it');
  expect(first).toMatchObject({ code: 0, stdout: `approved ${id}: "Is b1 well?"; now it asks "Lend it?"\n` });
  const second = await cli.run('run', 'approve', id);
  expect(second.stdout).toBe(`approved ${id}: "Lend it?"; the run has passed\n`);
  expect((await cli.json<Resource>('resource', 'show', resource)).status).toBe('free');
  const { stdout } = await cli.run('run', 'show', id);
  expect(stdout).toContain('heard it');
});

test('a no needs a reason, and says what holds the resource and what to type', async () => {
  const { id, resource } = await runOf('b2');
  expect((await cli.run('run', 'deny', id)).code).toBe(2);
  const { stdout } = await cli.run('run', 'deny', id, '--reason', 'it rattles');
  expect(stdout).toContain(`denied ${id}: "Is b2 well?"; ${resource} is held at step look`);
  expect(stdout).toContain(`"poolkeeper resource explain ${resource}"`);
  const again = await cli.run('run', 'approve', id);
  expect([again.code, again.stderr]).toEqual([6, expect.stringContaining('does not wait for an approval')]);
});
