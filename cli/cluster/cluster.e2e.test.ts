import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandLine } from '../testing/in-process.ts';
import { StandIn } from '../testing/stand-in.ts';
import type { Answer } from '../testing/stand-in.ts';

/** What a person sees of replicas. The server is a stand-in, since a halt is nothing that a real one has often. */

const CARD = { address: '10.0.0.1:7421', version: '0.1.0' };
const ONE = { ...CARD, id: 'r1', name: 'pk-1' };
const TWO = { ...CARD, id: 'r2', name: 'pk-2', address: '10.0.0.2:7421' };
const CLUSTER = {
  mode: 'replicas',
  self: { id: 'r2', name: 'pk-2', role: 'following' },
  keeper: ONE,
  term: 7,
  remainingMs: 2_000,
  batch: 42,
  isDatabaseReached: true,
  halt: null,
  replicas: [
    { ...ONE, role: 'keeper', batch: 42, lagBatches: 0, skewMs: 3, seenMsAgo: 400, isSelf: false },
    { ...TWO, role: 'follower', batch: 40, lagBatches: 2, skewMs: -2_500, seenMsAgo: 1_200, isSelf: true },
  ],
};
const HALT = {
  at: '2026-03-01T10:00:00.000Z',
  by: 'pk-2',
  seen: { term: 7, batch: 42 },
  found: { term: 7, batch: 39 },
};

let answers: Record<string, Answer>;
let server: StandIn;
beforeEach(async () => {
  answers = { 'GET /v1/cluster': { status: 200, body: CLUSTER } };
  server = await StandIn.start(({ route }) => answers[route] ?? { status: 404, body: {} });
});
afterEach(() => server[Symbol.asyncDispose]());

const type = (args: string, ask?: () => Promise<string>) =>
  new CommandLine(
    { env: { POOLKEEPER_URL: server.url, POOLKEEPER_TOKEN: 'pk_t' }, folder: '/' },
    { columns: 110, ...(ask === undefined ? {} : { ask }) },
  ).run(...args.split(' '));
const problem = (status: number, code: string, detail: string): Answer => ({
  status,
  headers: { 'content-type': 'application/problem+json', 'retry-after': '0' },
  body: { type: `/errors#${code}`, title: code, status, detail, instance: 'req_1', code, errors: [] },
});
const sent = (): string[] => server.seen.map(({ route }) => route);

test('status says who keeps the world, who follows how far behind, and whose clock is off', async () => {
  const { code, stdout } = await type('cluster status');
  expect(code).toBe(0);
  expect(stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, '  '))).toEqual([
    'keeper  pk-1',
    'term  7',
    'batch  42',
    'asked  pk-2, following',
    '',
    'REPLICA  ROLE  BEHIND  CLOCK  SEEN  VERSION  ADDRESS',
    'pk-1  keeper  0  +0.003s  now  0.1.0  10.0.0.1:7421',
    'pk-2  follower  2  -2.5s  1s ago  0.1.0  10.0.0.2:7421',
    '',
  ]);
  expect(JSON.parse((await type('cluster status --json')).stdout)).toEqual(CLUSTER);
});

test('status says what a halt means and what to do, and what it means that nobody or somebody alone is there', async () => {
  const show = async (change: object): Promise<string> => {
    answers['GET /v1/cluster'] = { status: 200, body: { ...CLUSTER, ...change } };
    return (await type('cluster status')).stdout.replaceAll('\n', ' ');
  };
  const halted = await show({ halt: HALT, keeper: null });
  expect(halted).toContain('had seen batch 42 of term 7, and found batch 39 of term 7');
  expect(halted).toContain('poolkeeper cluster resume --accept-loss');
  expect(halted).toMatch(/keeper +nobody.* pk-1 +halted +- /);
  expect(await show({ keeper: null })).toContain('Nobody keeps the world now.');
  expect(await show({ replicas: [CLUSTER.replicas[0]] })).toContain('nobody takes over when this one ends');
  expect(await show({ isDatabaseReached: false })).toContain('The database did not answer');
  expect(await show({ mode: 'single' })).toContain('there are no replicas');
});

test('step-down asks, shows the new keeper, and changes nothing without a yes', async () => {
  answers['POST /v1/cluster/step-down'] = { status: 200, body: { ...CLUSTER, keeper: TWO, term: 8 } };
  const unasked = await type('cluster step-down');
  expect(unasked.code).toBe(6);
  expect(unasked.stderr).toContain('Agree beforehand with --yes.');
  expect((await type('cluster step-down', async () => 'no')).code).toBe(6);
  expect(sent()).not.toContain('POST /v1/cluster/step-down');
  const done = await type('cluster step-down', async () => 'yes');
  expect(done.stdout).toBe('pk-1 handed the world over to pk-2, term 8\n');
  expect((await type('cluster step-down --yes')).code).toBe(0);
});

test('step-down without another replica ends as a conflict, with what to do', async () => {
  answers['POST /v1/cluster/step-down'] = problem(409, 'no_other_replica', 'There is no other replica.');
  const { code, stderr } = await type('cluster step-down --yes');
  expect(code).toBe(6);
  expect(stderr).toContain('Start another replica');
});

test('resume needs that the loss is accepted, and says what is lost before', async () => {
  answers['GET /v1/cluster'] = { status: 200, body: { ...CLUSTER, halt: HALT } };
  answers['POST /v1/cluster/resume'] = { status: 200, body: { ...CLUSTER, keeper: null } };
  const refused = await type('cluster resume');
  expect(refused.code).toBe(6);
  expect(refused.stderr).toContain('found batch 39');
  expect(sent()).toEqual(['GET /v1/cluster']);
  expect((await type('cluster resume --accept-loss')).stdout).toContain(
    'resumed. One of the replicas takes the world up',
  );
  expect(server.seen.at(-1)?.body).toEqual({ acceptLoss: true });
});

test('whatever is asked while a halt stands says where to look', async () => {
  answers['GET /v1/pools'] = problem(503, 'world_halted', 'The database went back.');
  const { code, stderr } = await type('pool list');
  expect(code).toBe(8);
  expect(stderr).toContain('poolkeeper cluster status');
});
