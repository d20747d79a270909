import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lease, Plan, Pool } from '@poolkeeper/client';
import { describe, expect, test } from 'vitest';
import { CommandLine } from '../testing/in-process.ts';
import { RealServer } from '../testing/real-server.ts';

const SITE = `providers:
  - { name: local, driver: process, stopOnDispose: true }
  - { name: hand, driver: static }
pools:
  - name: web
    provider: local
    size:
      desired: \${env.WEB_SIZE:-2}
    template: { command: ["sleep", "1000"], env: { REGION: "\${env.REGION:-eu}" } }
  - name: boards
    provider: hand
    lease: { max: 2h }
    resources: [{ name: b1, labels: { arch: arm64 } }, { name: b2 }]
`;
const EMPTY = 'providers: []\n';

async function start(): Promise<RealServer> {
  const server = await RealServer.start(EMPTY);
  writeFileSync(join(server.folder, 'site.yaml'), SITE);
  return server;
}

/** In a process of its own, since variables of the environment are what it is about. */
function withVariables(server: RealServer, environment: Record<string, string>): CommandLine {
  return new CommandLine(server, { environment });
}

const file = (server: RealServer, name = 'site.yaml'): string => join(server.folder, name);

test('plan says what would change, apply does it, and then there is nothing to change', async () => {
  await using server = await start();
  const planned = await server.run('plan', '-f', 'site.yaml');
  expect(planned).toMatchObject({ code: 0, stderr: '' });
  expect(planned.stdout).toBe(`+ provider local
    driver         process
    stopOnDispose  true
+ provider hand
    driver  static
+ pool web
    provider             local
    size.desired         2
    template.command     ["sleep","1000"]
    template.env.REGION  eu
    create 2 resources: the pool is new and keeps 2
+ pool boards
    lease.default  1h
    lease.max      2h
    lease.queue    fifo
    provider       hand
+ resource b1 of boards
    labels.arch  arm64
    register 1 resource: the configuration names it
+ resource b2 of boards
    register 1 resource: the configuration names it

6 to create; create 2 resources, register 2 resources.
`);
  expect((await server.json<{ items: Pool[] }>('pool', 'list')).items).toEqual([]);
  const applied = await server.run('apply', '-f', 'site.yaml');
  expect([applied.code, applied.stdout.split('\n').at(-2)]).toEqual([
    0,
    'Applied. "poolkeeper pool list --watch" shows how it gets there.',
  ]);
  expect((await server.run('apply', '-f', 'site.yaml', '--prune')).stdout.trim()).toBe(
    'Nothing to change: the server is as the configuration says.',
  );
});

describe('what gives something up', () => {
  async function leased(server: RealServer): Promise<Lease> {
    await server.run('apply', '-f', 'site.yaml');
    return server.json<Lease>('lease', 'acquire', '--pool', 'web');
  }

  test('is not done where nobody can be asked, and done with --yes', async () => {
    await using server = await start();
    const lease = await leased(server);
    const cli = withVariables(server, { WEB_SIZE: '0' });
    const refused = await cli.run('apply', '-f', file(server));
    expect(refused.code).toBe(6);
    expect(refused.stdout).toContain('destroy 1 resource: the size goes from 2 to 0; nobody holds them');
    expect(refused.stderr).toContain('nobody can be asked');
    expect(refused.stderr).toContain('agree to it beforehand with --yes');
    expect((await server.json<Pool>('pool', 'show', 'web')).size).toEqual({ desired: 2 });
    const done = await cli.run('apply', '-f', file(server), '--yes', '--json');
    expect(JSON.parse(done.stdout)).toMatchObject({ applied: true, totals: { destroy: 1, drain: 1 } });
    expect((await server.json<Lease>('lease', 'show', lease.id)).status).toBe('active');
  });

  test('is asked for at a terminal, and only "yes" does it', async () => {
    await using server = await start();
    await leased(server);
    const asked: string[] = [];
    const answers = ['y', undefined, 'yes'];
    const cli = new CommandLine(server, {
      environment: { REGION: 'us' },
      ask: async (question) => {
        asked.push(question);
        return answers[asked.length - 1];
      },
    });
    const region = async () =>
      JSON.stringify((await server.json<Pool>('pool', 'show', 'web')).template).includes('us') ? 'us' : 'eu';
    for (const expected of [6, 6, 0]) {
      expect(await region()).toBe('eu');
      expect((await cli.run('apply', '-f', file(server))).code).toBe(expected);
    }
    expect(asked).toEqual(Array.from({ length: 3 }, () => 'Do this? Only "yes" does it: '));
    expect(await region()).toBe('us');
  });

  test('is planned anew when the world changed under the question', async () => {
    await using server = await start();
    await leased(server);
    let questions = 0;
    const cli = new CommandLine(server, {
      environment: { WEB_SIZE: '0' },
      ask: async () => {
        questions += 1;
        if (questions === 1) await server.run('pool', 'set', 'web', '--size', '3');
        return 'yes';
      },
    });
    const { code, stdout, stderr } = await cli.run('apply', '-f', file(server));
    expect([code, questions]).toEqual([0, 2]);
    expect(stderr).toContain('The world changed meanwhile, so this is planned again.');
    expect(stdout).toContain('size.desired  3 → 0');
  });

  test('with --prune is what the files no longer name', async () => {
    await using server = await start();
    await leased(server);
    writeFileSync(
      file(server, 'less.yaml'),
      'providers: [{ name: local, driver: process, stopOnDispose: true }]\npools: []\n',
    );
    expect((await server.json<Plan>('plan', '-f', 'less.yaml')).entries).toEqual([]);
    const { stdout } = await server.run('plan', '-f', 'less.yaml', '--prune');
    expect(stdout).toContain(
      '- pool boards\n    destroy 2 resources: the configuration no longer names the pool',
    );
    expect(stdout).toContain('- provider hand\n');
    const refused = await server.run('apply', '-f', 'less.yaml', '--prune', '--yes');
    expect([refused.code, refused.stderr.split('\n')[0]]).toEqual([0, '']);
    expect((await server.json<Pool>('pool', 'show', 'web')).status).toBe('removing');
  });
});

describe('files', () => {
  test('several of them and folders are one configuration, and faults stand where they are written', async () => {
    await using server = await start();
    mkdirSync(join(server.folder, 'pools'));
    writeFileSync(file(server, 'pools/a.yaml'), 'pools:\n  - { name: a, provider: hand }\n');
    writeFileSync(
      file(server, 'pools/b.yaml'),
      'pools:\n  - { name: b, provider: hnd }\n  - { name: c, provider: hand, sise: 1 }\n',
    );
    const wrong = await server.run('plan', '-f', 'site.yaml', '-f', 'pools');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain(
      'pools/b.yaml:3:32: pools[1].sise: there is no member "sise" here; did you mean "size"?',
    );
    writeFileSync(file(server, 'pools/b.yaml'), 'pools:\n  - { name: b, provider: hnd }\n');
    const unknown = await server.run('apply', '-f', 'site.yaml', '-f', 'pools');
    expect(unknown.stderr).toContain(
      'pools/b.yaml:2:16: pools[0].provider: there is no provider "hnd"; did you mean "hand"?',
    );
    writeFileSync(file(server, 'pools/b.yaml'), 'pools:\n  - { name: b, provider: hand }\n');
    expect((await server.run('apply', '-f', 'site.yaml', '-f', 'pools')).code).toBe(0);
    const { items } = await server.json<{ items: Pool[] }>('pool', 'list');
    expect(items.map(({ name }) => name)).toEqual(['a', 'b', 'boards', 'web']);
  });

  test('a variable that is not set, a wrong template and a wrong option are named at their places', async () => {
    await using server = await start();
    const run = async (text: string) => {
      writeFileSync(file(server, 'wrong.yaml'), text);
      const { code, stderr } = await server.run('plan', '-f', 'wrong.yaml');
      expect(code).toBe(2);
      return stderr;
    };
    expect(await run('pools:\n  - { name: "${env.NOBODY_SETS_THIS}", provider: hand }\n')).toContain(
      'wrong.yaml:2:13: the variable NOBODY_SETS_THIS is not set',
    );
    expect(await run('providers:\n  - { name: x, driver: process, port: 3 }\n')).toContain(
      'wrong.yaml:2:33: providers[0].port: "port" is not known',
    );
    const template =
      'providers: [{ name: x, driver: process }]\npools:\n  - { name: w, provider: x, size: { desired: 1 }, template: { command: [] } }\n';
    expect(await run(template)).toContain('wrong.yaml:3:63: pools[0].template.command: ');
  });

  test('what config show prints plans to nothing', async () => {
    await using server = await start();
    await server.run('apply', '-f', 'site.yaml');
    const { stdout } = await server.run('config', 'show');
    writeFileSync(file(server, 'back.yaml'), stdout);
    expect((await server.json<Plan>('plan', '-f', 'back.yaml', '--prune')).entries).toEqual([]);
    expect(readFileSync(file(server, 'back.yaml'), 'utf8')).toContain(
      'lease:\n      default: 1h\n      max: 2h\n',
    );
  });
});
