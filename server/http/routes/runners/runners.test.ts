import { describe, expect, test } from 'vitest';
import { readableLogs } from '../../../jobs/test-steps.ts';
import { SILENCE_MS_MAX } from '../../../runners/remote-work.ts';
import { startHttp } from '../../../testing/http-harness.ts';
import type { Answer, HttpHarness } from '../../../testing/http-harness.ts';

const LAB = { site: 'lab' };
const PASSED = {
  isPassed: true,
  mayRetry: false,
  durationMs: 5,
  exitCode: 0,
  outputDigest: null,
  outputBytes: 0,
  evidence: null,
  error: null,
};

type ClaimBody = { name?: string; labels?: Record<string, string>; wait?: string };
const claim = (http: HttpHarness, body: ClaimBody = {}, as = 'runner'): Promise<Answer> =>
  http.post('/v1/runner/claims', { name: 'one', labels: LAB, wait: '0s', ...body }, { as });
const report = (http: HttpHarness, job: string, what: string, body: object, as = 'runner'): Promise<Answer> =>
  http.post(`/v1/runner/jobs/${job}/${what}`, body, { as });
const statusOf = async (http: HttpHarness, id: string | undefined): Promise<string> =>
  (await http.get(`/v1/resources/${id}`)).body.status;
const typesOf = async (http: HttpHarness): Promise<string[]> => (await http.events()).map(({ type }) => type);

/** A claim that waits while time goes on. */
async function claimIn(http: HttpHarness, body: ClaimBody, ms: number): Promise<Answer> {
  const name = body.name ?? 'one';
  const before = await http.keeper.read(() => http.time.now());
  await http.time.advance(1);
  const waiting = claim(http, { wait: '30s', ...body });
  await http.until(async () => {
    const { items } = (await http.get('/v1/runners')).body;
    const seen = items.find((runner: { name: string }) => runner.name === name)?.lastSeenAt;
    return seen !== undefined && Date.parse(seen) > before ? true : undefined;
  });
  await http.time.advance(ms);
  return waiting;
}

/** Time goes on while a runner says that it does too. */
async function beatFor(http: HttpHarness, job: string, fence: number, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10_000) {
    await http.time.advance(10_000);
    expect((await report(http, job, 'heartbeat', { fence })).status).toBe(204);
  }
}

describe('a runner', () => {
  test('gets a job that fits, does it, and the resource goes on', async () => {
    await using http = await startHttp();
    const [board] = await http.steppedPool('boards', LAB);
    expect(await statusOf(http, board?.id)).toBe('entering');
    const { status, body, headers } = await claim(http);
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(body).toMatchObject({
      fence: 1,
      heartbeat: '10s',
      step: { name: 'install', uses: 'exec', with: { command: ['true'] }, attempt: 1, transition: 'enter' },
      resource: { id: board?.id, name: 'boards-1', pool: 'boards' },
      secrets: [],
    });
    expect((await report(http, body.job, 'result', { fence: 1, ...PASSED })).status).toBe(204);
    expect(await statusOf(http, board?.id)).toBe('free');
    expect(await typesOf(http)).toContain('job.claimed');
  });

  test('waits for one, the oldest first', async () => {
    await using http = await startHttp();
    const waiting = claim(http, { wait: '30s' });
    const [first, second] = await http.steppedPool('boards', LAB, { members: 2 });
    expect((await waiting).body.resource.id).toBe(first?.id);
    expect((await claim(http)).body.resource.id).toBe(second?.id);
    expect((await claim(http)).status).toBe(204);
  });

  test('is told after its wait that there is none', async () => {
    await using http = await startHttp();
    expect((await claimIn(http, { wait: '20s' }, 20_000)).status).toBe(204);
    expect((await claim(http, { wait: '31s' })).body.errors[0].pointer).toBe('/wait');
  });

  test('gets nothing that it does not fit', async () => {
    await using http = await startHttp();
    await http.steppedPool('boards', { site: 'lab', gpu: 'yes' });
    for (const labels of [{}, LAB, { site: 'lab', gpu: 'no' }, { gpu: 'yes' }]) {
      expect((await claim(http, { labels })).status).toBe(204);
    }
    expect((await claim(http, { labels: { site: 'lab', gpu: 'yes', more: 'x' } })).status).toBe(200);
  });
});

describe('two runners', () => {
  test('that race for one job: one gets it (J12)', async () => {
    await using http = await startHttp();
    const waiting = ['one', 'two', 'three'].map((name) => claim(http, { name, wait: '30s' }));
    await http.steppedPool('boards', LAB);
    await http.time.advance(30_000);
    const statuses = (await Promise.all(waiting)).map(({ status }) => status);
    expect(statuses).toEqual([200, 204, 204]);
  });

  test('one falls silent, the other gets its job under a higher fence, and the late result is refused (J13, J14)', async () => {
    await using http = await startHttp();
    const [board] = await http.steppedPool('boards', LAB);
    const first = (await claim(http)).body;
    await http.time.advance(SILENCE_MS_MAX);
    const second = (await claimIn(http, { name: 'two' }, 10_000)).body;
    expect([second.job, second.fence]).toEqual([first.job, 2]);
    expect(await typesOf(http)).toContain('job.released');
    for (const what of ['result', 'heartbeat', 'output', 'release'] as const) {
      const body = {
        result: { fence: 1, ...PASSED },
        heartbeat: { fence: 1 },
        release: { fence: 1 },
        output: { fence: 1, chunks: [{ seq: 1, stream: 'stdout', data: 'eA==' }] },
      }[what];
      expect(await report(http, first.job, what, body)).toMatchObject({
        status: 409,
        body: { code: 'claim_lost' },
      });
    }
    expect(await statusOf(http, board?.id)).toBe('entering');
    expect((await report(http, second.job, 'result', { fence: 2, ...PASSED })).status).toBe(204);
    expect(await statusOf(http, board?.id)).toBe('free');
    expect((await http.get('/metrics')).text).toMatch(/^poolkeeper_runner_claims_lost 1$/m);
  });
});

describe('a claim', () => {
  test('is kept by heartbeats, however long the step takes (J14)', async () => {
    await using http = await startHttp();
    await http.steppedPool('boards', LAB);
    const { job } = (await claim(http)).body;
    await beatFor(http, job, 1, 300_000);
    expect((await report(http, job, 'result', { fence: 1, ...PASSED })).status).toBe(204);
    expect((await report(http, job, 'result', { fence: 1, ...PASSED })).body.code).toBe('claim_lost');
  });

  test('that is given back is another’s at once', async () => {
    await using http = await startHttp();
    await http.steppedPool('boards', LAB);
    const { job } = (await claim(http)).body;
    expect((await report(http, job, 'release', { fence: 1 })).status).toBe(204);
    expect((await claim(http, { name: 'two' })).body).toMatchObject({ job, fence: 2 });
  });

  test('is lost when nobody wants the job any more', async () => {
    await using http = await startHttp();
    const [board] = await http.steppedPool('boards', LAB);
    const { job } = (await claim(http)).body;
    await http.post(`/v1/resources/${board?.id}/retire`, { reason: 'broken' });
    expect((await report(http, job, 'heartbeat', { fence: 1 })).body.code).toBe('claim_lost');
  });

  test('whose step fails leaves the next attempt to any runner, later', async () => {
    await using http = await startHttp();
    await http.steppedPool('boards', LAB, { step: { retries: 1 } });
    const { job } = (await claim(http)).body;
    const failed = { ...PASSED, isPassed: false, mayRetry: true, exitCode: 1, error: 'no' };
    expect((await report(http, job, 'result', { fence: 1, ...failed })).status).toBe(204);
    expect((await claim(http)).status).toBe(204);
    expect((await claimIn(http, { name: 'two' }, 30_000)).body).toMatchObject({
      fence: 2,
      step: { attempt: 2 },
    });
  });
});

describe('a token', () => {
  test('that has labels has no others, whatever its runner says (J15)', async () => {
    await using http = await startHttp();
    await http.token('bound', 'runner', { labels: LAB });
    await http.steppedPool('elsewhere', { site: 'else' });
    expect((await claim(http, { labels: { site: 'else' } }, 'bound')).body.code).toBe('forbidden');
    expect((await claim(http, { labels: { site: 'lab', gpu: 'yes' } }, 'bound')).body.code).toBe('forbidden');
    const unsaid = await http.post('/v1/runner/claims', { name: 'one', wait: '0s' }, { as: 'bound' });
    expect(unsaid.status).toBe(204);
    const [board] = await http.steppedPool('boards', LAB);
    const found = await http.post('/v1/runner/claims', { name: 'one', wait: '0s' }, { as: 'bound' });
    expect(found.body.resource.id).toBe(board?.id);
  });

  test('that is bound to pools gets the work of those (J15)', async () => {
    await using http = await startHttp();
    await http.steppedPool('a', LAB);
    await http.steppedPool('b', LAB);
    await http.token('bound', 'runner', { pools: ['b'] });
    expect((await claim(http, {}, 'bound')).body.resource.pool).toBe('b');
    expect((await claim(http, {}, 'bound')).status).toBe(204);
  });

  test('cannot report on the job of another one (J15)', async () => {
    await using http = await startHttp();
    await http.token('thief', 'runner');
    await http.steppedPool('boards', LAB);
    const { job } = (await claim(http)).body;
    const stolen = await report(http, job, 'result', { fence: 1, ...PASSED }, 'thief');
    expect(stolen.body.code).toBe('claim_lost');
    expect((await report(http, job, 'heartbeat', { fence: 1 })).status).toBe(204);
  });

  test('that is revoked loses its jobs to others', async () => {
    await using http = await startHttp();
    const id = await http.token('leaver', 'runner');
    await http.steppedPool('boards', LAB);
    const { job } = (await claim(http, {}, 'leaver')).body;
    await http.call('DELETE', `/v1/tokens/${id}`);
    expect((await report(http, job, 'heartbeat', { fence: 1 }, 'leaver')).status).toBe(401);
    await http.time.advance(SILENCE_MS_MAX);
    expect((await claimIn(http, { name: 'two' }, 10_000)).body).toMatchObject({ job, fence: 2 });
  });

  test('of a runner is made with labels, which no other role has', async () => {
    await using http = await startHttp();
    const made = await http.post('/v1/tokens', { name: 'lab', role: 'runner', labels: LAB });
    expect(made.body).toMatchObject({ role: 'runner', labels: LAB });
    const refused = await http.post('/v1/tokens', { name: 'x', role: 'viewer', labels: LAB });
    expect(refused.body.errors[0].pointer).toBe('/labels');
  });
});

describe('secrets', () => {
  const step = { with: { command: ['login', '${secrets.root}'] } };

  test('reach the runner of the step alone, and are masked in what it sends (J11)', async () => {
    const logs = readableLogs();
    await using http = await startHttp({
      remote: {
        logs,
        openInput: () => ({ input: { command: ['login', 'tiger-tiger'] }, secretValues: ['tiger-tiger'] }),
      },
    });
    const [board] = await http.steppedPool('boards', LAB, { step });
    const { body } = await claim(http);
    expect(body).toMatchObject({
      step: { with: { command: ['login', 'tiger-tiger'] } },
      secrets: ['tiger-tiger'],
    });
    const chunk = (seq: number, stream: string, text: string) => ({
      seq,
      stream,
      data: Buffer.from(text).toString('base64'),
    });
    const chunks = [chunk(1, 'stdout', 'with tiger-'), chunk(2, 'stdout', 'tiger!\n')];
    for (let times = 0; times < 2; times += 1) await report(http, body.job, 'output', { fence: 1, chunks });
    await report(http, body.job, 'output', { fence: 1, chunks: [chunk(3, 'note', 'tiger-tiger noted\n')] });
    const outcome = {
      ...PASSED,
      isPassed: false,
      error: 'tiger-tiger did not fit',
      evidence: { saw: 'a tiger-tiger' },
    };
    await report(http, body.job, 'result', { fence: 1, ...outcome });
    expect([...logs.texts.values()].join('')).toBe('with [secret]!\n# [secret] noted\n');
    const everything = JSON.stringify([
      await http.events(),
      (await http.get(`/v1/resources/${board?.id}`)).body,
    ]);
    expect(everything).not.toContain('tiger');
    expect(everything).toContain('[secret] did not fit');
  });

  test('that cannot be opened are the step’s failure, and no runner is troubled', async () => {
    await using http = await startHttp({
      remote: {
        openInput: () => {
          throw new Error('There is no secret "root".');
        },
      },
    });
    const [board] = await http.steppedPool('boards', LAB, { step });
    expect((await claim(http)).status).toBe(204);
    const { body } = await http.get(`/v1/resources/${board?.id}`);
    expect(body.hold.reason).toContain('There is no secret "root"');
  });
});

test('runners are listed with what they do, and as silent when they are', async () => {
  await using http = await startHttp();
  const [board] = await http.steppedPool('boards', LAB);
  await claim(http, { name: 'b' });
  await claim(http, { name: 'a', labels: { site: 'else' } });
  const { items } = (await http.get('/v1/runners')).body;
  expect(items).toMatchObject([
    { name: 'a', token: 'runner', labels: { site: 'else' }, state: 'connected', jobs: [] },
    { name: 'b', labels: LAB, jobs: [{ step: 'install', resource: board?.id, pool: 'boards' }] },
  ]);
  await http.token('elsewhere', 'viewer', { pools: [] });
  expect((await http.get('/v1/runners', { as: 'elsewhere' })).body.items[1].jobs).toEqual([]);
  await http.time.advance(60_000);
  const states = (await http.get('/v1/runners')).body.items.map(({ state }: { state: string }) => state);
  expect(states).toEqual(['silent', 'silent']);
  const page = (await http.get('/v1/runners?limit=1')).body;
  expect((await http.get(`/v1/runners?cursor=${page.next}`)).body.items).toHaveLength(1);
  await http.time.advance(3_600_000);
  expect((await http.get('/v1/runners')).body.items).toEqual([]);
});

test.each([
  ['no name', { name: undefined }, '/name'],
  ['a name with @', { name: 'a@b' }, '/name'],
  ['labels that are none', { labels: { a: 1 } }, '/labels/a'],
])('%s is refused', async (_what, body, pointer) => {
  await using http = await startHttp();
  const answer = await claim(http, body as ClaimBody);
  expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, pointer]);
});
