import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ProviderRefused, ProviderTransient } from '../contract.ts';
import type { AccountRequest, Accounts } from '../contract.ts';
import { StandIn } from './testing/stand-in.ts';
import { ACCOUNT } from './testing/test-iam.ts';

const signal = new AbortController().signal;
const HOUR_MS = 3_600_000;
let cloud: StandIn;
let accounts: Accounts;

beforeEach(async () => {
  cloud = await StandIn.start();
  accounts = await cloud.openAccounts();
});
afterEach(() => cloud[Symbol.asyncDispose]());

const failureOf = (request: AccountRequest): Promise<Error> =>
  accounts.verify(request, signal).then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown as Error,
  );

describe('the interlock', () => {
  test('refuses an account whose number is another than the configured one, before anything else', async () => {
    const request = cloud.request({ params: { account_id: 'another' } });
    for (const action of ['verify', 'clean', 'leftovers'] as const) {
      await expect(accounts[action](request, signal)).rejects.toThrow(
        `The management credential is of account ${ACCOUNT}, and params.account_id says another: nothing is done.`,
      );
    }
    await expect(accounts.rotate?.({ ...request, keep: () => Promise.resolve() }, signal)).rejects.toThrow(
      ProviderRefused,
    );
    expect(new Set(cloud.calls)).toEqual(
      new Set(['POST /iam/global/identity/token', 'GET /iam/global/v1/apikeys/details']),
    );
  });

  test('refuses a denied account without a call', async () => {
    accounts = await cloud.openAccounts({ denyAccounts: [ACCOUNT] });
    await expect(accounts.clean(cloud.request(), signal)).rejects.toThrow('is in denyAccounts');
    expect(cloud.calls).toEqual([]);
  });

  test('refuses a holder whose credential is of another account', async () => {
    const current = { apikey: cloud.iam.makeKey('ApiKey-elsewhere', 'IBMid-x', { account_id: 'elsewhere' }) };
    await expect(accounts.verify(cloud.request({ current }), signal)).rejects.toThrow(
      'The current credential is of account elsewhere',
    );
  });

  test.each([
    [{ account_id: '' }, 'params.account_id'],
    [{ regions: ['x/y'] }, 'params.regions'],
    [{ keep: { id: [] } }, 'params.keep.id: it is not known'],
    [{ keep: { names: 'a' } }, 'params.keep.names'],
    [{ keep: { tags: ['a" OR "b'] } }, 'params.keep.tags'],
    [{ resource_group: 7 }, 'params.resource_group'],
  ])('refuses params that say something wrong: %j', async (params, named) => {
    await expect(accounts.clean(cloud.request({ params }), signal)).rejects.toThrow(named);
    expect(cloud.calls).toEqual([]);
  });

  test('refuses an account without any credential, with the command that sets one', async () => {
    const failure = await failureOf(cloud.request({ current: null, management: null }));
    expect(failure.message).toContain('poolkeeper resource set-credentials');
  });
});

describe('verifying', () => {
  test('answers what shows that the credentials are good, and none of them', async () => {
    const shown = await accounts.verify(cloud.request(), signal);
    expect(shown).toEqual({
      account: ACCOUNT,
      credentials: [
        {
          part: 'management',
          kind: 'apikey',
          identity: 'IBMid-manager',
          key: 'ApiKey-management',
          locked: false,
        },
        {
          part: 'current',
          kind: 'apikey',
          identity: 'iam-ServiceId-holder',
          key: 'ApiKey-first',
          locked: false,
        },
      ],
    });
    expect(JSON.stringify(shown)).not.toContain('secret-');
  });

  test('refuses a key that IAM does not know, with its code, and does not say the key', async () => {
    const failure = await failureOf(cloud.request({ current: { apikey: 'secret-unknown-key' } }));
    expect(failure).toBeInstanceOf(ProviderRefused);
    expect(failure.message).toContain('BXNIM0415E');
    expect(failure.message).not.toContain('secret-unknown-key');
  });

  test.each([
    ['disabled', { disabled: true }, /BXNIM0437E|is disabled/],
    ['over', { expires_at: '2020-01-01T00:00+0000' }, /ends at 2020-01-01T00:00:00\.000Z/],
  ])('refuses a key that is %s', async (_what, more, message) => {
    const current = { apikey: cloud.iam.makeKey('ApiKey-bad', 'iam-ServiceId-holder', more) };
    const failure = await failureOf(cloud.request({ current }));
    expect(failure).toBeInstanceOf(ProviderRefused);
    expect(failure.message).toMatch(message);
  });

  test('refuses a key that ends soon, and takes one that does not', async () => {
    const endingIn = (hours: number): string =>
      cloud.iam.makeKey(`ApiKey-${hours}`, 'iam-ServiceId-holder', {
        expires_at: new Date(cloud.time.now() + hours * HOUR_MS).toISOString(),
      });
    expect((await failureOf(cloud.request({ current: { apikey: endingIn(5) } }))).message).toContain(
      'keyExpiryMin',
    );
    await expect(
      accounts.verify(cloud.request({ current: { apikey: endingIn(100) } }), signal),
    ).resolves.toBeDefined();
  });

  test.each([
    { status: 429, headers: { 'retry-after': '0' } },
    { status: 500 },
    { status: 503, headers: { 'retry-after': '600' } },
    { status: 404, body: '<html>a proxy</html>' },
    { status: 200, body: {} },
    'lose-answer' as const,
  ])('does not know when IAM answers %j', async (fate) => {
    cloud.fate = (route) => (route.includes('/identity/token') ? fate : 'answer');
    expect(await failureOf(cloud.request())).toBeInstanceOf(ProviderTransient);
  });

  test('does not know when IAM says nothing, and waits no longer than it may', async () => {
    accounts = await cloud.openAccounts({ timeouts: { answer: '30s' } });
    cloud.fate = () => 'silence';
    const failure = await failureOf(cloud.request());
    expect(failure).toBeInstanceOf(ProviderTransient);
    expect(failure.message).toContain('within 30 s');
  });

  test('asks anew each time, whatever is remembered', async () => {
    await accounts.verify(cloud.request(), signal);
    cloud.iam.keys.splice(
      cloud.iam.keys.findIndex(({ id }) => id === 'ApiKey-first'),
      1,
    );
    expect(await failureOf(cloud.request())).toBeInstanceOf(ProviderRefused);
  });
});

describe('users with a password', () => {
  const login = (username: string, password = 'correct-horse') => ({
    management: null,
    current: { username, password },
  });
  beforeEach(() => {
    cloud.iam.users.set('ann@example.com', { iamId: 'IBMid-ann', password: 'correct-horse' });
  });

  test('are verified by what their token says', async () => {
    expect(await accounts.verify(cloud.request(login('ann@example.com')), signal)).toEqual({
      account: ACCOUNT,
      credentials: [{ part: 'current', kind: 'password', identity: 'IBMid-ann', rotation: 'manual' }],
    });
  });

  test('and a wrong one are refused, and the password is not said, though IAM repeats it', async () => {
    const failure = await failureOf(cloud.request(login('ann@example.com', 'wrong-horse')));
    expect(failure).toBeInstanceOf(ProviderRefused);
    expect(failure.message).toContain('User or password (***) is not right');
    expect(failure.message).not.toContain('wrong-horse');
  });

  test.each(['The user is federated', 'A one-time passcode is needed', 'MFA is needed'])(
    'who log in elsewhere or with more need an API key: "%s"',
    async (says) => {
      cloud.iam.users.set('bob@example.com', { iamId: 'IBMid-bob', password: 'x', says });
      expect((await failureOf(cloud.request(login('bob@example.com')))).message).toContain(
        'needs an API key',
      );
    },
  );

  test('the user apikey has a key as password', async () => {
    const current = { username: 'apikey', password: cloud.holderKey };
    expect(await accounts.verify(cloud.request({ current, management: null }), signal)).toMatchObject({
      credentials: [{ kind: 'apikey', key: 'ApiKey-first' }],
    });
  });
});

describe('tokens', () => {
  beforeEach(async () => {
    accounts = await cloud.openAccounts(cloud.small());
  });
  const subnets = 'GET /vpc/us-south/v1/subnets';

  test('one login of each credential serves all calls of a cleaning', async () => {
    await accounts.clean(cloud.request(), signal);
    expect(cloud.calls.length).toBeGreaterThan(50);
    expect(cloud.iam.logins).toBe(2);
  });

  test('that end in the middle are renewed before, by their refresh token', async () => {
    cloud.iam.tokenLifeMs = 4 * 60_000;
    cloud.things.add('vpc.subnets', 'slow', { said: {}, region: 'us-south', lagMs: 12 * 60_000 });
    await accounts.clean(cloud.request(), signal);
    expect(cloud.iam.refreshes).toBeGreaterThan(1);
    expect(cloud.things.list('vpc.subnets')).toEqual([]);
  });

  test('whose refresh token is not taken are exchanged anew', async () => {
    let isRevoked = false;
    cloud.fate = (route) => {
      if (route === subnets && !isRevoked) {
        isRevoked = true;
        cloud.iam.revokeRefreshTokens();
        cloud.time.skip(HOUR_MS);
      }
      return 'answer';
    };
    await expect(accounts.leftovers(cloud.request(), signal)).resolves.toEqual([]);
  });

  test('that a service does not take any more are renewed once, and then refused', async () => {
    let isRevoked = false;
    cloud.fate = (route) => {
      if (route === subnets && !isRevoked) {
        isRevoked = true;
        cloud.iam.revokeTokens();
      }
      return 'answer';
    };
    await expect(accounts.leftovers(cloud.request(), signal)).resolves.toEqual([]);
    cloud.fate = (route) => (route === subnets ? { status: 401, body: {} } : 'answer');
    await expect(accounts.leftovers(cloud.request(), signal)).rejects.toThrow(
      'A token that was just made is not taken',
    );
  });
});
