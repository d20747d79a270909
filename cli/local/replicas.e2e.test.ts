import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lookForPostgres } from '../../server/testing/find-postgres.ts';
import { EventClient } from '../../server/testing/event-client.ts';
import { eventually, runCli } from '../testing/cli-process.ts';
import { ask, RealReplicas, START_MS_MAX, TOKEN } from '../testing/real-replicas.ts';
import type { Answer } from '../testing/real-replicas.ts';

const MEMBERS = 20;
const FILE = [
  'providers: [{ name: hand, driver: static }]',
  'workflows:',
  '  - { name: wipe, steps: [{ name: wipe, uses: exec, with: { command: [./true.sh] } }] }',
  '  - { name: look, steps: [{ name: look, uses: exec, with: { command: [./true.sh] } }] }',
  'pools:',
  `  - { name: a, provider: hand, resources: [${Array.from({ length: MEMBERS }, (_, at) => `{ name: a${at} }`).join(', ')}] }`,
  '  - { name: one, provider: hand, resources: [{ name: o1 }] }',
  '  - { name: clean, provider: hand, resources: [{ name: c1 }], on: { release: { clean: wipe, verify: look } } }',
  '',
].join('\n');

const { areMissing, reason } = lookForPostgres();

/** Lends the member that is cleaned and verified, and gives it back; resolves when its turnover is over. Answers its id. */
async function turnOver(url: string): Promise<string> {
  const lease = await acquire(url, 'clean');
  const { body } = await ask(`${url}/v1/leases/${lease}`, { method: 'DELETE' });
  const [member] = body['resources'] as { id: string }[];
  const id = member?.id ?? '';
  await eventually(async () => {
    const { body: now } = await ask(`${url}/v1/resources/${id}`);
    return now['status'] === 'free' ? true : undefined;
  });
  return id;
}

/** The ids of the leases that were acknowledged and not given back. */
const held = new Set<string>();

async function acquire(url: string, pool = 'a', key?: string): Promise<string> {
  const { status, body } = await ask(`${url}/v1/leases`, {
    method: 'POST',
    body: { items: [{ pool }] },
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });
  expect([status, JSON.stringify(body)]).toEqual([201, expect.stringContaining('active')]);
  return body['id'] as string;
}

/** Acquires and gives back at every replica in turn, as fast as it is answered, and remembers each answer that is no success. */
class Client {
  readonly failures: string[] = [];
  #count = 0;
  #isOver = false;
  readonly #done: Promise<void>;

  constructor(urls: readonly string[]) {
    this.#done = this.#run(urls);
  }

  /** Resolves when so many more requests were answered. */
  async answered(more: number): Promise<void> {
    const wanted = this.#count + more;
    await eventually(async () => (this.#count >= wanted ? true : undefined));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #run(urls: readonly string[]): Promise<void> {
    for (let turn = 0; !this.#isOver; turn += 1) {
      const url = urls[turn % urls.length] ?? '';
      const key = `client-${turn}`;
      const lease = await this.#ask(`${url}/v1/leases`, {
        method: 'POST',
        body: { items: [{ pool: 'a' }] },
        headers: { 'idempotency-key': key },
      });
      const id = lease?.body['id'];
      if (typeof id === 'string') await this.#ask(`${url}/v1/leases/${id}`, { method: 'DELETE' });
    }
  }

  async #ask(...request: Parameters<typeof ask>): Promise<Answer | undefined> {
    try {
      const answer = await ask(...request);
      if (answer.status >= 300) this.failures.push(`${request[1]?.method} ${JSON.stringify(answer)}`);
      return answer;
    } catch (error) {
      this.failures.push(`${request[1]?.method} ${String((error as Error).cause ?? error)}`);
      return undefined;
    } finally {
      this.#count += 1;
    }
  }
}

describe.skipIf(areMissing)(`three replicas on one PostgreSQL${reason}`, () => {
  let replicas: RealReplicas;
  beforeAll(async () => {
    replicas = await RealReplicas.start(FILE, ['pk-1', 'pk-2', 'pk-3']);
  }, 2 * START_MS_MAX);
  afterAll(() => replicas[Symbol.asyncDispose]());

  test('each says at its start who keeps the world, and answers for it', async () => {
    const { keeper, followers } = await replicas.roles();
    expect(keeper.process.stdout).toContain(`; replica ${keeper.name} keeps the world`);
    for (const { url } of followers) held.add(await acquire(url));
    const [first, second] = followers;
    for (const id of held) {
      for (const one of [keeper, first, second])
        expect(await ask(`${one?.url}/v1/leases/${id}`)).toMatchObject({
          status: 200,
          body: { status: 'active' },
        });
    }
  });

  test('a turnover is recorded by the first keeper', async () => {
    const { followers } = await replicas.roles();
    expect(await turnOver(followers[0]?.url ?? '')).toMatch(/^res_/);
  });

  test('a wait through a follower ends with what was waited for', async () => {
    const { keeper, followers } = await replicas.roles();
    const taken = await acquire(followers[0]?.url ?? '', 'one');
    const waiting = ask(`${followers[1]?.url}/v1/leases`, {
      method: 'POST',
      body: { items: [{ pool: 'one' }], wait: '15s' },
    });
    await eventually(async () => {
      const { body } = await ask(`${keeper.url}/v1/leases?status=queued`);
      return (body['items'] as unknown[]).length > 0 ? true : undefined;
    });
    await ask(`${keeper.url}/v1/leases/${taken}`, { method: 'DELETE' });
    const { body } = await waiting;
    expect(body['status']).toBe('active');
    held.add(body['id'] as string);
  });

  test('a follower that is to read its file again checks it, and says when it counts', async () => {
    const { followers } = await replicas.roles();
    const [follower] = followers;
    follower?.process.child.kill('SIGHUP');
    await follower?.process.until(({ stderr }) => stderr.includes('read again'));
    expect(follower?.process.stderr).toContain('; this replica applies it when it takes over');
  });

  test('a replica with another master key does not start, and says what all of them need', async () => {
    const env = { ...replicas.env('pk-4'), POOLKEEPER_MASTER_KEY: 'cd'.repeat(32) };
    const { code, stderr } = await runCli(['serve'], { cwd: replicas.folder, env });
    expect([code, stderr]).toEqual([8, expect.stringContaining('need the same master key')]);
  });

  test('the keeper is stopped in order: nobody who asks notices, and an event stream goes on', async () => {
    const { keeper, followers } = await replicas.roles();
    const urls = followers.map(({ url }) => url);
    const client = new Client(urls);
    using events = await EventClient.open(`${urls[0]}/v1/events`, { authorization: `Bearer ${TOKEN}` });
    await client.answered(10);
    expect(await replicas.end(keeper, 'SIGTERM')).toBe(0);
    const next = await replicas.roles();
    expect(urls).toContain(next.keeper.url);
    await client.answered(10);
    await client.stop();
    expect(client.failures).toEqual([]);
    await turnOver(next.keeper.url);
    const marker = await acquire(urls[1] ?? '');
    held.add(marker);
    await eventually(async () =>
      events.messages.some(({ data }) => JSON.stringify(data).includes(marker)) ? true : undefined,
    );
    const seen = events.messages.map(({ id }) => Number(id));
    expect(seen).toEqual(Array.from(seen, (_, at) => (seen[0] ?? 0) + at));
    expect(events.isEnded).toBe(false);
  });

  test('the keeper is killed: another serves within seconds, and everything acknowledged is there', async () => {
    const { keeper, followers } = await replicas.roles();
    const [other] = followers;
    held.add(await acquire(other?.url ?? ''));
    await replicas.end(keeper, 'SIGKILL');
    const killedAt = performance.now();
    // Held until somebody keeps the world.
    const id = await acquire(other?.url ?? '', 'a', 'after-the-kill');
    expect(performance.now() - killedAt).toBeLessThan(10_000);
    held.add(id);
    expect(await acquire(other?.url ?? '', 'a', 'after-the-kill')).toBe(id);
    for (const lease of held) {
      const answer = await ask(`${other?.url}/v1/leases/${lease}`);
      expect(answer).toMatchObject({ status: 200, body: { status: 'active' } });
    }
  });

  test('turnovers of three keepers are proven as one chain, over a rotation of keys', async () => {
    const { keeper } = await replicas.roles();
    expect((await ask(`${keeper.url}/v1/signing-keys/rotate`, { method: 'POST' })).status).toBe(200);
    const id = await turnOver(keeper.url);
    const cli = (...args: string[]) =>
      runCli(args, {
        cwd: replicas.folder,
        env: { POOLKEEPER_URL: keeper.url, POOLKEEPER_TOKEN: TOKEN },
      });
    const exported = await cli('turnover', 'export', id, '--output', 'chain.json');
    expect(exported.stdout, exported.stderr).toContain('Wrote 3 records');
    writeFileSync(join(replicas.folder, 'keys.json'), (await cli('key', 'list', '--json')).stdout);
    const verified = await cli('verify', 'chain.json', '--keys', 'keys.json');
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
  });
});
