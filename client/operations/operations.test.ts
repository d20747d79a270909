import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPoolkeeper } from '../index.ts';
import type { Poolkeeper } from '../index.ts';

const PASSED = {
  fence: 1,
  isPassed: true,
  mayRetry: false,
  durationMs: 1,
  exitCode: 0,
  outputDigest: null,
  outputBytes: 0,
  evidence: null,
  error: null,
} as const;

/** Every operation of the document, as the call that sends it. A new one gets its method, and its line here. */
const CALLS: Readonly<Record<string, (poolkeeper: Poolkeeper) => Promise<unknown>>> = {
  getWelcome: ({ server }) => server.welcome(),
  getHealth: ({ server }) => server.health(),
  getReadiness: ({ server }) => server.readiness(),
  getMetrics: ({ server }) => server.metrics(),
  requestLease: ({ leases }) => leases.request({ pool: 'a/b' }),
  listLeases: ({ leases }) => leases.page({ status: 'queued', pool: undefined }),
  getLease: ({ leases }) => leases.get('x', { wait: 1_500 }),
  endLease: ({ leases }) => leases.end('x', { ifVersion: 3 }),
  renewLease: ({ leases }) => leases.renew('x', { duration: '1h' }),
  heartbeatLease: ({ leases }) => leases.heartbeat('x'),
  getLeaseCredentials: ({ leases }) => leases.credentials('x'),
  explainLease: ({ leases }) => leases.explain('x'),
  listPools: ({ pools }) => pools.page(),
  getPool: ({ pools }) => pools.get('a/b'),
  putPool: ({ pools }) => pools.put('x', { kind: 'machine', provider: 'p' }),
  patchPool: ({ pools }) => pools.patch('x', {}),
  deletePool: ({ pools }) => pools.remove('x'),
  explainPool: ({ pools }) => pools.explain('x'),
  addPoolMembers: ({ pools }) => pools.addMembers('x', { count: 2, wait: '1s' }),
  removePoolMembers: ({ pools }) => pools.removeMembers('x'),
  listResources: ({ resources }) => resources.page({ label: ['a=b', 'c=d'] }),
  registerResource: ({ resources }) => resources.register({ pool: 'x', name: 'y' }),
  getResource: ({ resources }) => resources.get('x'),
  patchResource: ({ resources }) => resources.patch('x', {}),
  deleteResource: ({ resources }) => resources.remove('x'),
  getCredentials: ({ resources }) => resources.credentials('x'),
  putCredentials: ({ resources }) => resources.setCredentials('x', { current: { apikey: 'k' } }),
  deleteCredentials: ({ resources }) => resources.removeCredentials('x', { ifVersion: 3 }),
  moveResource: ({ resources }) => resources.move('x', { pool: 'y' }),
  holdResource: ({ resources }) => resources.hold('x', { reason: 'to look at' }),
  retryResource: ({ resources }) => resources.retry('x'),
  skipResource: ({ resources }) => resources.skip('x'),
  quarantineResource: ({ resources }) => resources.quarantine('x'),
  retireResource: ({ resources }) => resources.retire('x'),
  actOnResources: ({ resources }) => resources.actOnMany({ action: 'retry', reason: 'mended', held: true }),
  explainResource: ({ resources }) => resources.explain('x'),
  listResourceEvents: ({ resources }) => resources.eventsPage('x'),
  listLedger: ({ ledger }) => ledger.page(),
  listTurnovers: ({ resources }) => resources.turnoversPage('x'),
  exportTurnovers: ({ resources }) => resources.exportTurnovers('x'),
  listRuns: ({ runs }) => runs.page({ resource: 'x' }),
  getRun: ({ runs }) => runs.get('x'),
  approveRun: ({ runs }) => runs.approve('x', {}, { ifVersion: 3 }),
  denyRun: ({ runs }) => runs.deny('x', { reason: 'not yet' }, { ifVersion: 3 }),
  getRunLog: ({ runs }) => runs.log('x'),
  getSigningKeys: ({ server }) => server.signingKeys(),
  rotateSigningKey: ({ server }) => server.rotateSigningKey(),
  listProviders: ({ providers }) => providers.page(),
  getProvider: ({ providers }) => providers.get('cloud'),
  putProvider: ({ providers }) => providers.put('cloud', { driver: 'static' }),
  deleteProvider: ({ providers }) => providers.remove('cloud'),
  listWorkflows: ({ workflows }) => workflows.page(),
  getWorkflow: ({ workflows }) => workflows.get('wipe'),
  putWorkflow: ({ workflows }) =>
    workflows.put('wipe', { steps: [{ name: 'a', uses: 'exec', with: { command: ['true'] } }] }),
  deleteWorkflow: ({ workflows }) => workflows.remove('wipe'),
  listProfiles: ({ profiles }) => profiles.page(),
  getProfile: ({ profiles }) => profiles.get('fast'),
  putProfile: ({ profiles }) => profiles.put('fast', { params: { speed: 3 } }),
  deleteProfile: ({ profiles }) => profiles.remove('fast'),
  planConfiguration: ({ configuration }) => configuration.plan({ config: {} }),
  applyConfiguration: ({ configuration }) => configuration.apply({ config: {} }),
  getConfiguration: ({ configuration }) => configuration.get(),
  listRunners: ({ runners }) => runners.page(),
  claimRunnerJob: ({ runners }) => runners.claim({ name: 'one' }),
  heartbeatRunnerJob: ({ runners }) => runners.heartbeat('x', { fence: 1 }),
  writeRunnerOutput: ({ runners }) =>
    runners.output('x', { fence: 1, chunks: [{ seq: 1, stream: 'stdout', data: '' }] }),
  finishRunnerJob: ({ runners }) => runners.finish('x', PASSED),
  releaseRunnerJob: ({ runners }) => runners.release('x', { fence: 1 }),
  listSecrets: ({ secrets }) => secrets.page(),
  getSecret: ({ secrets }) => secrets.get('x'),
  putSecret: ({ secrets }) => secrets.set('x', 'hidden'),
  deleteSecret: ({ secrets }) => secrets.remove('x'),
  listTokens: ({ tokens }) => tokens.page(),
  createToken: ({ tokens }) => tokens.create({ name: 'x', role: 'holder' }),
  getOwnToken: ({ tokens }) => tokens.self(),
  getToken: ({ tokens }) => tokens.get('x'),
  revokeToken: ({ tokens }) => tokens.revoke('x'),
  listWebhooks: ({ webhooks }) => webhooks.page(),
  getWebhook: ({ webhooks }) => webhooks.get('x'),
  putWebhook: ({ webhooks }) =>
    webhooks.put('x', { url: 'http://127.0.0.1:9/', events: { types: ['*'] } }, { ifVersion: 3 }),
  deleteWebhook: ({ webhooks }) => webhooks.remove('x'),
  testWebhook: ({ webhooks }) => webhooks.test('x'),
  retryWebhook: ({ webhooks }) => webhooks.retry('x'),
  listEvents: ({ events }) => events.page({ after: 7 }),
  getCluster: ({ cluster }) => cluster.get(),
  stepDown: ({ cluster }) => cluster.stepDown(),
  resumeCluster: ({ cluster }) => cluster.resume({ acceptLoss: true }),
};

type Operation = { readonly operationId: string };
const { paths } = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'openapi', 'poolkeeper.json'), 'utf8'),
) as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
const OPERATIONS = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId }]) => ({ operationId, method, path })),
);

/** Sends one call and answers the request that it made. */
async function requestOf(call: (poolkeeper: Poolkeeper) => Promise<unknown>): Promise<Request> {
  const requests: Request[] = [];
  const poolkeeper = createPoolkeeper({
    url: 'http://pool.example/base/',
    token: 'pk_token',
    fetch: async (request) => {
      requests.push(request as Request);
      return Response.json({});
    },
    system: { newKey: () => 'key_1' },
  });
  await call(poolkeeper);
  expect(requests.length).toBe(1);
  return requests[0] as Request;
}

test('the SDK has a method for every operation of the API, no more and no less', () => {
  expect(Object.keys(CALLS).toSorted()).toEqual(OPERATIONS.map(({ operationId }) => operationId).toSorted());
});

test.each(OPERATIONS)('$operationId is $method $path', async ({ operationId, method, path }) => {
  const request = await requestOf(CALLS[operationId] ?? (() => Promise.resolve()));
  const pattern = new RegExp(`^/base${path.replaceAll(/[{]\w+[}]/g, '[^/]+')}$`);
  expect(new URL(request.url).pathname).toMatch(pattern);
  expect(request.method).toBe(method.toUpperCase());
  expect(request.headers.get('authorization')).toBe('Bearer pk_token');
});

test.each([
  ['listLeases', 'http://pool.example/base/v1/leases?status=queued'],
  ['listResources', 'http://pool.example/base/v1/resources?label=a%3Db&label=c%3Dd'],
  ['getLease', 'http://pool.example/base/v1/leases/x?wait=1500ms'],
  ['getPool', 'http://pool.example/base/v1/pools/a%2Fb'],
])('%s asks for %s', async (operationId, url) => {
  expect((await requestOf(CALLS[operationId] ?? (() => Promise.resolve()))).url).toBe(url);
});

test('a change for a version says which, and a request for a lease has a key', async () => {
  const end = await requestOf(({ leases }) => leases.end('x', { ifVersion: 3 }));
  expect(end.headers.get('if-match')).toBe('"3"');
  const asked = await requestOf(({ leases }) => leases.request({ pool: 'web' }));
  expect(asked.headers.get('idempotency-key')).toBe('key_1');
  expect(await asked.json()).toEqual({ pool: 'web' });
});

test('a wait is said as text, and the answer is given as much time', async () => {
  const request = await requestOf(({ pools }) => pools.addMembers('lab', { all: true, wait: 1_500 }));
  expect(await request.json()).toEqual({ all: true, wait: '1500ms' });
});

test('what is no address of a server is refused at once', () => {
  for (const url of ['', 'pool.example', 'ftp://x', 'http://user:word@x', 'http://x?y=1'])
    expect(() => createPoolkeeper({ url })).toThrow('is not the address of a server');
});
