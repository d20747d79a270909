import type { JsonObject } from '@poolkeeper/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ProviderRefused, ProviderTransient } from '../contract.ts';
import type { Accounts } from '../contract.ts';
import { PRODUCTS } from './plan.ts';
import { plantEverything } from './testing/plant.ts';
import { StandIn } from './testing/stand-in.ts';
import type { Fate } from './testing/stand-in.ts';

const signal = new AbortController().signal;
const VPC_LIST = (list: string): string => `GET /vpc/us-south/v1/${list}`;
let cloud: StandIn;
let accounts: Accounts;

beforeEach(async () => {
  cloud = await StandIn.start();
  accounts = await cloud.openAccounts(cloud.small());
});
afterEach(() => cloud[Symbol.asyncDispose]());

const clean = (params: JsonObject = {}): Promise<JsonObject> =>
  accounts.clean(cloud.request({ params }), signal);
const failureOf = (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown as Error,
  );

function addSubnets(count: number): void {
  for (let at = 0; at < count; at += 1) {
    cloud.things.add('vpc.subnets', `subnet-${at}`, { said: { name: `net-${at}` }, region: 'us-south' });
  }
}

/** Nothing can be deleted, for a reason. */
const forbid =
  (status: number) =>
  (route: string): Fate =>
    route.startsWith('DELETE ')
      ? { status, body: { errors: [{ code: 'no', message: 'Not now' }] } }
      : 'answer';

describe('what a holder left', () => {
  test(
    'of every kind is found, and removed in the right order, whatever stands in its way',
    { timeout: 60_000 },
    async () => {
      accounts = await cloud.openAccounts();
      const before = cloud.remains();
      plantEverything(cloud);
      const found = await accounts.leftovers(cloud.request(), signal);
      const kinds = new Set(found.map(({ kind }) => kind.replace(/ in .*/, '')));
      // Those of clusters are none as long as there are clusters.
      const wanted = PRODUCTS.map(({ kind }) => kind).filter((kind) => kind !== 'API key of clusters');
      expect([...kinds].toSorted()).toEqual(wanted.toSorted());

      const said: string[] = [];
      const output = (chunk: Uint8Array): void => void said.push(Buffer.from(chunk).toString());
      const done = await accounts.clean(cloud.request(), signal, output);
      expect(cloud.remains()).toEqual(before);
      expect(await accounts.leftovers(cloud.request(), signal)).toEqual([]);
      expect(done['deleted']).toBeGreaterThan(200);
      expect(said.join('')).toContain('deleting VPC subnet subnet-0-name (us-south-subnet-0) in us-south\n');
    },
  );

  test('and cannot be removed is named, whatever kind it is of, and nothing is called clean', async () => {
    accounts = await cloud.openAccounts();
    plantEverything(cloud, 1);
    const planted = await accounts.leftovers(cloud.request(), signal);
    cloud.fate = (route) =>
      /^(DELETE|POST|PATCH) /.test(route) && !route.includes('/identity/')
        ? { status: 403, body: {} }
        : 'answer';
    const failure = await failureOf(clean());
    expect(failure).toBeInstanceOf(ProviderRefused);
    expect(failure.message).toMatch(
      /^Account 0a1b.* is not clean\. API key ApiKey-.*IBM Cloud answered 403 to DELETE/,
    );
    expect(failure.message).toMatch(/ And \d+ more\. What could be taken away is gone\.$/);
    expect(await accounts.leftovers(cloud.request(), signal)).toEqual(planted);
  });

  test('cleaned twice, an account is as clean as once', async () => {
    addSubnets(1);
    expect(await clean()).toMatchObject({ deleted: 1 });
    expect(await clean()).toMatchObject({ deleted: 0 });
  });

  test('is waited for, and not deleted again with every look', async () => {
    cloud.things.add('vpc.subnets', 'slow', { said: {}, region: 'us-south', lagMs: 45_000 });
    await clean();
    const looks = cloud.count(VPC_LIST('subnets'));
    expect(cloud.count('DELETE /vpc/us-south/v1/subnets/slow')).toBeLessThan(looks - 1);
    expect(cloud.things.find('vpc.subnets', 'slow')).toBeUndefined();
  });

  test('and does not go in time is named, with that it was deleted', async () => {
    accounts = await cloud.openAccounts({ ...cloud.small(), timeouts: { phase: '1m', answer: '10m' } });
    cloud.things.add('vpc.subnets', 'stuck', {
      said: { name: 'net' },
      region: 'us-south',
      lagMs: 86_400_000,
    });
    const failure = await failureOf(clean());
    expect(failure).toBeInstanceOf(ProviderTransient);
    expect(failure.message).toContain(
      'VPC subnet net (stuck) in us-south: it was deleted, and is not gone yet.',
    );
    expect(await accounts.leftovers(cloud.request(), signal)).toEqual([
      { kind: 'VPC subnet in us-south', id: 'stuck', name: 'net' },
    ]);
  });

  test('a key of clusters outlives a cluster that is kept', async () => {
    accounts = await cloud.openAccounts();
    cloud.iam.makeKey('ApiKey-clusters', 'IBMid-manager', { name: 'containers-kubernetes-key' });
    cloud.things.add('clusters', 'cluster-1', {
      said: { id: 'cluster-1', name: 'ours', resourceGroup: 'x' },
    });
    await clean({ keep: { ids: ['cluster-1'] } });
    expect(cloud.remains()).toContain('key ApiKey-clusters');
    await clean();
    expect(cloud.remains()).not.toContain('key ApiKey-clusters');
  });
});

describe('what is to stay', () => {
  test('stays by its id, by its name and by a tag, and is no leftover', async () => {
    addSubnets(5);
    cloud.things.add('vpc.subnets', 'tagged', {
      said: { name: 'x', tags: ['no-schedule'] },
      region: 'us-south',
    });
    const keep = { ids: ['subnet-1'], names: ['net-2', '*-3'], tags: ['no-schedule', 'never'] };
    expect(await clean({ keep })).toMatchObject({ deleted: 2 });
    const left = cloud.things.list('vpc.subnets').map(({ id }) => id);
    expect(left).toEqual(['subnet-1', 'subnet-2', 'subnet-3', 'tagged']);
    expect(await accounts.leftovers(cloud.request({ params: { keep } }), signal)).toEqual([]);
  });

  test('nothing is deleted while nobody can say what bears a tag', async () => {
    addSubnets(1);
    cloud.fate = (route) => (route.includes('/search/') ? { status: 403, body: {} } : 'answer');
    await expect(clean({ keep: { tags: ['no-schedule'] } })).rejects.toThrow(ProviderRefused);
    expect(cloud.calls.filter((call) => call.startsWith('DELETE'))).toEqual([]);
  });

  test('what is in a Power workspace that is kept stays too', async () => {
    accounts = await cloud.openAccounts();
    plantEverything(cloud, 1);
    const found = await accounts.leftovers(cloud.request({ params: { keep: { ids: ['power-1'] } } }), signal);
    expect(found.filter(({ kind }) => /^Power (network|instance|volume)/.test(kind))).toEqual([]);
  });

  test('of an account that is shared only one resource group is looked at', async () => {
    const subnet = (id: string, group: string): void => {
      cloud.things.add('vpc.subnets', id, { said: { resource_group: { id: group } }, region: 'us-south' });
    };
    subnet('ours', 'group-1');
    subnet('theirs', 'group-2');
    cloud.iam.makeKey('ApiKey-theirs', 'IBMid-other');
    await clean({ resource_group: 'group-1' });
    expect(cloud.things.list('vpc.subnets').map(({ id }) => id)).toEqual(['theirs']);
    expect(cloud.remains()).toContain('key ApiKey-theirs');
  });

  test('a dry run says what would go, and deletes nothing', async () => {
    accounts = await cloud.openAccounts({ ...cloud.small(), dryRun: true });
    addSubnets(3);
    expect(await clean()).toMatchObject({
      dryRun: true,
      wouldDelete: 3,
      named: ['VPC subnet net-0 (subnet-0) in us-south', expect.any(String), expect.any(String)],
    });
    expect(cloud.calls.filter((call) => call.startsWith('DELETE'))).toEqual([]);
  });

  test('with a holder whose key is not good, nothing is deleted: it is not known who has to stay', async () => {
    const request = cloud.request({ current: { apikey: 'revoked-long-ago' } });
    await expect(accounts.clean(request, signal)).rejects.toThrow('not known which identity has to stay');
    expect(cloud.calls.filter((call) => call.startsWith('DELETE'))).toEqual([]);
  });
});

describe('services that are not well', () => {
  test('that throttle are asked again when they say', async () => {
    addSubnets(2);
    let times = 4;
    cloud.fate = (route) =>
      route.includes('subnets') && times-- > 0 ? { status: 429, headers: { 'retry-after': '2' } } : 'answer';
    expect(await clean()).toMatchObject({ deleted: 2 });
  });

  test('that fail for a while are asked again, and a lost answer does no harm', async () => {
    addSubnets(1);
    const fates: Fate[] = [{ status: 503, body: '<html>' }, 'lose-answer', 'answer'];
    cloud.fate = (route) => (route.startsWith('DELETE /vpc') ? (fates.shift() ?? 'answer') : 'answer');
    expect(await clean()).toMatchObject({ deleted: 1 });
    expect(cloud.things.list('vpc.subnets')).toEqual([]);
  });

  test('one that fails does not stop the sweep of the others, and every failure is told', async () => {
    addSubnets(1);
    cloud.iam.makeKey('ApiKey-left', 'IBMid-manager');
    accounts = await cloud.openAccounts();
    const failing = ['/power/', '/schematics/'];
    cloud.fate = (route) =>
      failing.some((service) => route.includes(service))
        ? { status: 500, headers: { 'retry-after': '0' } }
        : 'answer';
    const failure = await failureOf(clean());
    expect(failure).toBeInstanceOf(ProviderTransient);
    expect(failure.message).toMatch(/answered 500 to GET .*\/schematics\/.*answered 500 to GET .*\/power\//s);
    expect(cloud.things.list('vpc.subnets')).toEqual([]);
    expect(cloud.remains()).not.toContain('key ApiKey-left');
    await expect(accounts.leftovers(cloud.request(), signal)).rejects.toThrow('answered 500');
  });

  test('a product that the plan lacks counts as nothing there, and that is told', async () => {
    accounts = await cloud.openAccounts();
    cloud.fate = (route) => {
      if (route.includes('/classic/'))
        return { status: 401, body: { error: 'no', code: 'SoftLayer_Exception_InvalidLegacyToken' } };
      return route.includes('/satellite/') || route.includes('/registry/')
        ? { status: 403, body: {} }
        : 'answer';
    };
    expect((await clean())['notLookedAt']).toEqual([
      'Satellite location: containers answered 403',
      'classic bare metal server: classic answered 401',
      'classic image template: classic answered 401',
      'classic storage: classic answered 401',
      'classic virtual server: classic answered 401',
      'container registry namespace in eu-de: registry answered 403',
      'container registry namespace in us-south: registry answered 403',
    ]);
  });

  test.each([
    ['that every account has', {}, '/v2/resource_instances'],
    ['that is required', { requireServices: ['classic'] }, '/SoftLayer_Account/'],
  ])('a product %s and that may not be looked at is a failure', async (_what, options, path) => {
    accounts = await cloud.openAccounts(options);
    cloud.fate = (route) => (route.includes(path) ? { status: 403, body: {} } : 'answer');
    await expect(clean()).rejects.toThrow(ProviderRefused);
    await expect(accounts.leftovers(cloud.request(), signal)).rejects.toThrow(ProviderRefused);
  });

  test('what is in use is tried again until it is not', async () => {
    addSubnets(1);
    let times = 3;
    cloud.fate = (route) => (route.startsWith('DELETE /vpc') && times-- > 0 ? forbid(409)(route) : 'answer');
    expect(await clean()).toMatchObject({ deleted: 1 });
  });

  test('a deletion that finds nothing any more is done', async () => {
    addSubnets(1);
    cloud.fate = (route) => {
      if (!route.startsWith('DELETE /vpc')) return 'answer';
      for (const thing of cloud.things.list('vpc.subnets')) cloud.things.end(thing);
      return { status: 410, body: {} };
    };
    await clean();
    expect(cloud.things.list('vpc.subnets')).toEqual([]);
  });

  test.each([
    [{ status: 200, body: '<html>' }, 'did not answer as that service does'],
    [{ status: 200, body: { subnets: [{ name: 'without an id' }] } }, 'did not answer as that service does'],
    [{ status: 200, body: { subnets: [], next: { href: '?start=x' } } }, 'a page leads to itself'],
  ])('a list that is none is not taken for an empty one: %j', async (reply, message) => {
    cloud.fate = (route) => (route === VPC_LIST('subnets') ? reply : 'answer');
    await expect(clean()).rejects.toThrow(message);
    await expect(accounts.leftovers(cloud.request(), signal)).rejects.toThrow(ProviderTransient);
  });

  test.each([403, 404])('a product that answers %i to a later page is there, and fails', async (status) => {
    addSubnets(7);
    let page = 0;
    cloud.fate = (route) =>
      route === VPC_LIST('subnets') && page++ % 4 > 0 ? { status, body: {} } : 'answer';
    await expect(accounts.leftovers(cloud.request(), signal)).rejects.toThrow(`answered ${status} to GET`);
  });

  test('a next page that cannot be read is no last one', async () => {
    const reply = { status: 200, body: { subnets: [], next: { href: 'http://[' } } };
    cloud.fate = (route) => (route === VPC_LIST('subnets') ? reply : 'answer');
    await expect(accounts.leftovers(cloud.request(), signal)).rejects.toThrow(
      'did not answer as that service',
    );
  });

  test('a next page leads to no other address, whatever a link says, and every page is read', async () => {
    addSubnets(7);
    expect(await accounts.leftovers(cloud.request(), signal)).toHaveLength(7);
    expect(cloud.count(VPC_LIST('subnets'))).toBe(4);
  });

  test('it ends soon after its signal aborts', async () => {
    const stop = new AbortController();
    cloud.things.add('vpc.subnets', 'stuck', { said: {}, region: 'us-south', lagMs: 86_400_000 });
    const cleaning = failureOf(accounts.clean(cloud.request(), stop.signal));
    const count = (): number => cloud.count('DELETE /vpc/us-south/v1/subnets/stuck');
    await expect.poll(count, { timeout: 20_000 }).toBe(1);
    const reason = new Error('no longer wanted');
    stop.abort(reason);
    expect(await cleaning).toBe(reason);
  });
});
