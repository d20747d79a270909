import { poolOfUpkeep, secretOfUpkeep } from '@poolkeeper/core';
import type { Job, JobOutcome, JsonObject, Observation, World } from '@poolkeeper/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aKeeper } from '../../../testing/keeper-harness.ts';
import type { KeeperHarness } from '../../../testing/keeper-harness.ts';
import { startMailServer } from '../../../notifications/testing/test-mail-server.ts';
import { TEST_SEALING } from '../../../notifications/testing/test-receiver.ts';
import { systemTimers } from '../../../system-clock.ts';
import { parseConfiguration } from '../configuration/parse-configuration.ts';
import { TestAlertReceiver } from '../testing/test-alert-receiver.ts';
import { AlertFollower } from './alert-follower.ts';

const POOL = poolOfUpkeep('web');
const PASSWORD = 'hunter2-very-secret';

let harness: KeeperHarness;
let follower: AlertFollower;
let receiver: TestAlertReceiver;
let logged: string[];

beforeEach(async () => {
  harness = await aKeeper();
  receiver = await new TestAlertReceiver().listen();
  logged = [];
  const note = (fields: object | string, message = ''): void =>
    void logged.push(
      `${message} ${JSON.stringify(fields, (_, value) => (value instanceof Error ? value.stack : value) as unknown)}`,
    );
  follower = new AlertFollower({
    keeper: harness.keeper,
    openSecret: ({ name, sealed }) => TEST_SEALING.open(name, sealed),
    viewMembers: (world, pool, limit) => membersOf(world, pool).slice(0, limit),
    processName: '7@host',
    version: '1.2.3',
    clock: harness.time,
    timers: systemTimers,
    logger: { debug: note, info: note, warn: note, error: note },
  });
  await harness.keeper.ask({ type: 'createUpkeep', name: 'web' });
});
afterEach(async () => {
  await follower[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await harness.close();
});

function membersOf(world: World, pool: string): JsonObject[] {
  return [...(world.pools.get(pool)?.members ?? [])].map((id) => ({ id, metadata: { long: 'text' } }));
}

async function configure(alerts: JsonObject, sealed?: string): Promise<void> {
  const body = { name: 'the-web', cloudApiSettings: {}, provisioningTemplate: {}, alerts };
  const { rounds, victims } = parseConfiguration(body);
  await harness.keeper.ask({
    type: 'configureUpkeep',
    name: 'web',
    sealed: sealed ?? TEST_SEALING.seal(secretOfUpkeep('web'), JSON.stringify(body)),
    provider: { name: POOL, driver: 'simulated', options: {}, makes: true },
    kind: 'machine',
    template: {},
    victims,
    rounds,
  });
}

/** A look fails, and is not tried again any more. */
async function failLook(error: string): Promise<void> {
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const number = await harness.keeper.read((world) => world.upkeeps.get('web')?.look?.number);
    if (number === undefined) return;
    const outcome = { result: 'failed', error } as const;
    await harness.keeper.ask({
      type: 'finishLook',
      upkeep: 'web',
      number,
      startedAt: harness.time.now(),
      outcome,
    });
  }
}

const hook = (more: JsonObject = {}): JsonObject => ({
  http: [{ destinationUrls: [receiver.url], ...more }],
});

async function startAndFail(error = 'the cloud is away'): Promise<void> {
  await harness.keeper.ask({ type: 'startUpkeep', name: 'web' });
  await failLook(error);
}

test('a list that could not be fetched is alerted, with the name of the pool and of the process', async () => {
  await configure(hook());
  await startAndFail();
  await expect
    .poll(() => receiver.alerts)
    .toEqual([
      {
        topic: 'POOL_FETCH',
        severity: 'WARN',
        timestamp: new Date(harness.time.now()).toISOString(),
        message: 'machine pool refresh failed',
        details: 'machine pool refresh failed: the cloud is away',
        metadata: { cloudPoolName: 'the-web', jvmId: '7@host' },
      },
    ]);
});

test('what an update asks for and takes away is alerted, with members without their descriptions', async () => {
  await configure(hook({ severityFilter: 'INFO' }));
  await harness.keeper.ask({ type: 'startUpkeep', name: 'web' });
  await see([]);
  await harness.keeper.ask({ type: 'setSize', pool: POOL, desired: 2 });
  await see([]);
  const made = await harness.keeper.read((world) => [...world.jobs.values()]);
  const machines = made.map(({ resource }, index) => aMachine(resource, `machine-${index}`));
  await finish(made, (index) => ({ result: 'created', observation: machines[index] as Observation }));
  await expect
    .poll(() => receiver.alerts)
    .toMatchObject([
      {
        topic: 'RESIZE',
        severity: 'INFO',
        message: '2 machine(s) were requested from cloud pool',
        metadata: {
          requestedMachines: ['machine-0', 'machine-1'],
          poolMembers: made.map(({ resource }) => ({ id: resource })),
          cloudPoolName: 'the-web',
        },
      },
    ]);
  expect(receiver.got[0]?.body).not.toContain('long');
  await harness.keeper.ask({ type: 'setSize', pool: POOL, desired: 0 });
  await see(machines);
  const ending = await harness.keeper.read((world) => [...world.jobs.values()]);
  expect(ending.map(({ kind }) => kind)).toEqual(['destroy', 'destroy']);
  await finish(ending, () => ({ result: 'gone' }));
  await expect
    .poll(() => receiver.alerts[1])
    .toMatchObject({
      topic: 'RESIZE',
      message: expect.stringMatching(
        /^2 machine\(s\) were terminated in cloud pool: \[machine-\d, machine-\d\]$/,
      ),
      // Lists have them until their cloud forgets them.
      metadata: { poolMembers: made.map(({ resource }) => ({ id: resource })) },
    });
});

function aMachine(resource: string, externalId: string): Observation {
  return { resource, externalId, machine: 'RUNNING', liveness: 'LIVE', addresses: [], endpoints: {} };
}

async function finish(jobs: readonly Job[], outcomeOf: (index: number) => JobOutcome): Promise<void> {
  for (const [index, { id, epoch }] of jobs.entries())
    await harness.keeper.ask({ type: 'finishJob', job: id, epoch, outcome: outcomeOf(index) });
}

/** The look that is under way sees these things. */
async function see(things: readonly Observation[]): Promise<void> {
  const number = await harness.keeper.read((world) => world.upkeeps.get('web')?.look?.number);
  const outcome = { result: 'seen', things } as const;
  const startedAt = harness.time.now();
  await harness.keeper.ask({ type: 'finishLook', upkeep: 'web', number: number ?? -1, startedAt, outcome });
}

test('an alert that is equal to one before it comes once, and again after a new configuration', async () => {
  await configure(hook());
  await startAndFail();
  for (let time = 0; time < 3; time += 1) {
    await harness.time.advance(30_000);
    await failLook('the cloud is away');
  }
  // The update after a minute needs a list too.
  const topics = () => receiver.alerts.map(({ topic }) => topic);
  await expect.poll(topics).toEqual(['POOL_FETCH', 'RESIZE']);
  await configure(hook({ connectTimeout: 1_000 }));
  await failLook('the cloud is away');
  await expect.poll(topics).toEqual(['POOL_FETCH', 'RESIZE', 'POOL_FETCH']);
});

test('each receiver gets the severities that it asked for, by both ways', async () => {
  const mail = await startMailServer();
  const smtp = {
    subject: 'alert',
    recipients: ['ops@example.org'],
    sender: 'pool@example.org',
    smtpClientConfig: { smtpHost: '127.0.0.1', smtpPort: mail.port },
  };
  await configure({
    http: [
      { destinationUrls: [receiver.url, `${receiver.url}/two`], severityFilter: 'WARN|ERROR' },
      { destinationUrls: [`${receiver.url}/none`], severityFilter: 'ERROR' },
    ],
    smtp: [smtp, { ...smtp, severityFilter: 'INFO' }],
  });
  await startAndFail();
  await expect
    .poll(() => receiver.got.map(({ path }) => path).toSorted())
    .toEqual(['/alerts', '/alerts/two']);
  await expect.poll(() => mail.mails.length).toBe(1);
  mail.close();
});

test('a receiver that hangs keeps the pool from nothing, and the follower from stopping neither', async () => {
  receiver.answer = () => {};
  await configure(hook());
  await startAndFail();
  await expect.poll(() => receiver.got.length).toBe(1);
  const stopped = follower[Symbol.asyncDispose]();
  await harness.keeper.ask({ type: 'stopUpkeep', name: 'web' });
  await stopped;
});

test('no password is in a log, whatever goes wrong with a configuration or a receiver', async () => {
  receiver.answer = (response) => response.writeHead(410, { 'www-authenticate': 'Basic' }).end(PASSWORD);
  const auth = { basicCredentials: { username: 'ann', password: PASSWORD } };
  await configure(hook({ destinationUrls: [`${receiver.url}?token=${PASSWORD}`], auth }));
  await startAndFail();
  await expect.poll(() => logged).toEqual([expect.stringContaining('given up')]);
  await configure({}, TEST_SEALING.seal(secretOfUpkeep('web'), `{"password": "${PASSWORD}", oh`));
  await failLook('away');
  await expect.poll(() => logged).toContainEqual(expect.stringContaining('it is no JSON'));
  await configure({}, TEST_SEALING.seal('another', PASSWORD));
  await failLook('away');
  await expect.poll(() => logged).toContainEqual(expect.stringContaining('sealed for something else'));
  expect(logged.join('\n')).not.toContain(PASSWORD);
});

test('pools that alert nobody cost no message', async () => {
  await configure({});
  await startAndFail();
  await harness.settle();
  expect([receiver.got, logged]).toEqual([[], []]);
});
