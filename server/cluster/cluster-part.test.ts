import { Refusal } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import type { Halt, Leadership, ReplicaReport } from '../store/shared-contract.ts';
import { startHttp } from '../testing/http-harness.ts';
import type { HttpHarness } from '../testing/http-harness.ts';
import { VirtualTime } from '../virtual-time.ts';
import { createClusterPart } from './cluster-part.ts';
import { FakeView } from './testing/fake-cluster.ts';

const HALT: Halt = {
  at: 1_700_000_000_000,
  by: 'r1',
  seen: { term: 3, batch: 9 },
  found: { term: 3, batch: 7 },
};

class FakeStore {
  isAway = false;
  leadership: Leadership;
  replicas: readonly (ReplicaReport & { seenMsAgo: number })[] = [];
  constructor(leadership: Leadership) {
    this.leadership = leadership;
  }
  findLeadership = (): Promise<Leadership> =>
    this.isAway ? new Promise(() => {}) : Promise.resolve(this.leadership);
  listReplicas = async (): Promise<FakeStore['replicas']> => this.replicas;
  resume = async (): Promise<void> => {
    this.leadership = { ...this.leadership, halt: null };
  };
}

type Started = { http: HttpHarness; view: FakeView; store: FakeStore; time: VirtualTime };

async function start({ canForward = true } = {}): Promise<Started> {
  const view = new FakeView('r1');
  const other = new FakeView('r2').self;
  const time = new VirtualTime();
  const store = new FakeStore({ term: 3, keeper: other, remainingMs: 2_000, batch: 9, now: 0, halt: null });
  store.replicas = [
    { ...other, role: 'keeper', batch: 9, skewMs: 0, seenMsAgo: 100 },
    { ...view.self, role: 'follower', batch: 7, skewMs: -3, seenMsAgo: 200 },
  ];
  const known = () => ({ term: 3, batch: 9, followedBatch: 7 });
  view.see('following', { card: other, term: 3 });
  const cluster = createClusterPart({ view, store, known, canForward, timers: time });
  return { http: await startHttp({ cluster }), view, store, time };
}

test('GET /v1/cluster shows who keeps, who follows and how far each is', async () => {
  const { http } = await start();
  await using _closing = http;
  const { status, body } = await http.get('/v1/cluster', { as: 'viewer' });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    mode: 'replicas',
    self: { name: 'r1', role: 'following' },
    keeper: { name: 'r2' },
    term: 3,
    batch: 9,
    isDatabaseReached: true,
    halt: null,
    replicas: [
      { name: 'r1', role: 'follower', lagBatches: 2, isSelf: true, skewMs: -3 },
      { name: 'r2', role: 'keeper', lagBatches: 0, isSelf: false, seenMsAgo: 100 },
    ],
  });
});

test('a replica that was started again is not shown as it was before, and two of one name are both shown', async () => {
  const { http, store } = await start();
  await using _closing = http;
  const [r2] = store.replicas as [FakeStore['replicas'][number]];
  const before = { ...r2, id: 'before', seenMsAgo: 9_000 };
  const elsewhere = { ...r2, id: 'elsewhere', address: '192.0.2.9:7421' };
  store.replicas = [before, elsewhere, ...store.replicas];
  const { body } = await http.get('/v1/cluster');
  const shown = new Set(body.replicas.map(({ id }: { id: string }) => id));
  expect(shown).toEqual(new Set([store.replicas.at(-1)?.id, r2.id, 'elsewhere']));
  expect(body.replicas.length).toBe(3);
});

test('it says what the replica knows by itself while the database does not answer', async () => {
  const { http, store, time } = await start();
  await using _closing = http;
  store.isAway = true;
  const asked = http.get('/v1/cluster');
  await http.until(() => (time.pending > 0 ? true : undefined));
  await time.advance(2_000);
  expect((await asked).body).toMatchObject({
    isDatabaseReached: false,
    keeper: { name: 'r2' },
    term: 3,
    batch: 9,
    replicas: [],
  });
});

test('a replica is ready while it keeps, and while it can pass requests on to whoever does', async () => {
  const { http, view } = await start();
  await using _closing = http;
  const ready = async () => {
    const { status, body } = await http.get('/readyz', { as: null });
    return [status, body.code ?? body.status];
  };
  const { known } = view;
  expect(await ready()).toEqual([200, 'following']);
  view.see('keeping', { card: view.self, term: 4 });
  expect(await ready()).toEqual([200, 'running']);
  view.see('following', undefined);
  expect(await ready()).toEqual([503, 'no_keeper']);
  view.see('starting', known);
  expect(await ready()).toEqual([503, 'no_keeper']);
  view.see('halted', undefined);
  expect(await ready()).toEqual([503, 'world_halted']);
  view.see('stopped', known);
  expect(await ready()).toEqual([503, 'stopping']);
});

test('a replica that cannot reach the keeper is not ready', async () => {
  const { http } = await start({ canForward: false });
  await using _closing = http;
  const { status, body } = await http.get('/readyz', { as: null });
  expect([status, body.code]).toEqual([503, 'keeper_unreachable']);
  expect(body.detail).toContain('POOLKEEPER_CLUSTER_SECRET');
});

test('stepping down is answered when another keeps, or refused with why not', async () => {
  const { http, view, time } = await start();
  await using _closing = http;
  const other = view.known;
  view.see('keeping', { card: view.self, term: 4 });
  view.stepDown = async () => view.see('following', undefined);
  const asked = http.post('/v1/cluster/step-down', undefined);
  await http.until(() => (view.role() === 'following' && time.pending > 0 ? true : undefined));
  view.see('following', other);
  expect((await asked).status).toBe(200);
  const late = http.post('/v1/cluster/step-down', undefined);
  view.see('following', undefined);
  await http.until(() => (time.pending > 0 ? true : undefined));
  await time.advance(10_000);
  expect((await late).body.code).toBe('no_keeper');
  view.stepDown = () => Promise.reject(new Refusal('no_other_replica', 'Nobody else is there.'));
  const refused = await http.post('/v1/cluster/step-down', undefined);
  expect([refused.status, refused.body.code]).toEqual([409, 'no_other_replica']);
});

test('a halt is shown, and taken back by who accepts the loss', async () => {
  const { http, store } = await start();
  await using _closing = http;
  expect((await http.post('/v1/cluster/resume', { acceptLoss: true })).body.code).toBe('not_halted');
  store.leadership = { ...store.leadership, halt: HALT };
  const halted = (await http.get('/v1/cluster')).body;
  expect(halted.halt).toEqual({ ...HALT, at: '2023-11-14T22:13:20.000Z' });
  expect([halted.keeper, halted.remainingMs]).toEqual([null, 0]);
  expect((await http.post('/v1/cluster/resume', { acceptLoss: false })).status).toBe(400);
  expect((await http.post('/v1/cluster/resume', {})).status).toBe(400);
  const { status, body } = await http.post('/v1/cluster/resume', { acceptLoss: true });
  expect([status, body.halt]).toEqual([200, null]);
});

test('a server that has its database to itself says so', async () => {
  await using http = await startHttp();
  const { body } = await http.get('/v1/cluster');
  expect(body).toMatchObject({ mode: 'single', self: { role: 'keeping' }, replicas: [], halt: null });
  expect((await http.post('/v1/cluster/step-down', undefined)).body.code).toBe('no_other_replica');
  expect((await http.post('/v1/cluster/resume', { acceptLoss: true })).body.code).toBe('not_halted');
});

test('/metrics shows the term, whether this replica keeps, and how far it is behind', async () => {
  const { http } = await start();
  await using _closing = http;
  const lines = (await http.get('/metrics')).text.split('\n');
  expect(lines).toContain('poolkeeper_cluster_term 3');
  expect(lines).toContain('poolkeeper_cluster_is_keeper 0');
  expect(lines).toContain('poolkeeper_cluster_follow_lag_batches 2');
});
