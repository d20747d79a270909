import { describe, expect, test } from 'vitest';
import type { Json, Step } from '@poolkeeper/core';
import { createMemoryDisk } from '../../store/memory/memory-disk.ts';
import { A_FILE, startAcctpool } from './testing/acctpool-harness.ts';
import type { AcctpoolHarness } from './testing/acctpool-harness.ts';

/** What clients of an acctpool rely on, and what an implementation of it gets wrong easily: a test for each. */

const MINUTE_MS = 60_000;

async function aPool(file: Json = A_FILE): Promise<AcctpoolHarness> {
  const pool = await startAcctpool({ file });
  await pool.finishDue();
  return pool;
}

/** Accounts by name, where a test needs some. */
const accountsOf = (...names: string[]): Json =>
  names.map((username) => ({ username, password: `pw-${username}` }));
const TWO_TOKENS = [{ id: 'tokena' }, { id: 'tokenb' }];

describe('what is answered', () => {
  test('no expiration is the zero time, not null', async () => {
    await using pool = await aPool({ tokens: TWO_TOKENS, accounts: [] });
    const { text } = await pool.get(await pool.reserve());
    expect(text).toMatch(
      /^\{"id":"[0-9A-Za-z]+","expiration":"0001-01-01T00:00:00Z","token":\{"id":"tokena"\},"credentials":null,"status":"pending",/,
    );
    expect(text.endsWith('}\n')).toBe(true);
  });

  test('a 302 has an empty body and no type', async () => {
    await using pool = await aPool();
    const seen = await pool.send({ method: 'POST', path: '/reservations?token=tokena' });
    expect([seen.status, seen.text, seen.headers['content-type']]).toEqual([302, '', undefined]);
    expect(seen.headers['location']).toMatch(/^\/reservations\/[0-9A-Za-z_-]+\?token=tokena$/);
  });

  test('the Location carries the token of the caller, whichever was configured last', async () => {
    await using pool = await aPool({ tokens: [{ id: 'a&b=c d' }, { id: 'tokenb' }], accounts: [] });
    const location = await pool.reserve('a%26b%3Dc%20d');
    expect(location).toMatch(/\?token=a%26b%3Dc%20d$/);
    expect((await pool.get(location)).body.token).toEqual({ id: 'a&b=c d' });
  });

  test('a stranger is 401, never 403, in the words of an unknown token', async () => {
    await using pool = await aPool();
    const path = (await pool.reserve('tokena')).replace('tokena', 'tokenb');
    const unknown = await pool.get(path.replace('tokenb', 'nobody'));
    for (const seen of [await pool.get(path), await pool.cancel(path), unknown])
      expect([seen.status, seen.text]).toEqual([401, '{"error":"Token not authorized."}\n']);
    expect((await pool.get(path.replace('tokenb', 'tokena'))).status).toBe(200);
  });

  test('an unknown id is 404, not a connection that drops; and nobody without a token learns of it', async () => {
    await using pool = await aPool();
    for (const method of ['GET', 'DELETE']) {
      const asked = (token: string) => pool.send({ method, path: `/reservations/abcdefgh?token=${token}` });
      expect(await asked('tokena')).toMatchObject({ status: 404, body: { error: 'Reservation not found.' } });
      expect((await asked('nobody')).status).toBe(401);
    }
  });

  test('each token and each account is its own: not all of them are the last one', async () => {
    await using pool = await aPool({ tokens: TWO_TOKENS, accounts: accountsOf('one', 'two') });
    const [first, second] = [await pool.reserve('tokena'), await pool.reserve('tokenb')];
    const seen = [await pool.get(first), await pool.get(second)].map(({ body }) => body);
    expect(seen.map(({ token }) => token.id)).toEqual(['tokena', 'tokenb']);
    expect(seen.map(({ credentials }) => credentials.username as string).toSorted()).toEqual(['one', 'two']);
  });

  test('the token is looked at before anything else that is asked', async () => {
    await using pool = await aPool();
    const path = '/reservations?token=nobody&duration=zero&type=gold';
    expect((await pool.send({ method: 'POST', path })).status).toBe(401);
  });

  test('the first value of the query counts, and a body is of no matter', async () => {
    await using pool = await aPool();
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const path = '/reservations?token=tokena&token=nobody&duration=5&duration=x';
    const { status, headers: said } = await pool.send({
      method: 'POST',
      path,
      headers,
      body: 'token=nobody',
    });
    expect(status).toBe(302);
    expect((await pool.get(said['location'] ?? '')).body.duration).toBe(5);
  });

  test('what is wrong with a request creates nothing', async () => {
    await using pool = await aPool();
    for (const query of [
      '&duration=0',
      '&duration=-5',
      '&duration=1.5',
      '&duration=1e1',
      '&duration=1441',
      '&type=gold',
    ])
      expect((await pool.send({ method: 'POST', path: `/reservations?token=tokena${query}` })).status).toBe(
        400,
      );
    expect((await pool.get('/')).body.reservations).toBe(0);
  });

  test('empty parameters count as none', async () => {
    await using pool = await aPool();
    const { body } = await pool.get(await pool.reserve('tokena', '&duration=&type='));
    expect(body).toMatchObject({ duration: 60, type: 'free' });
  });

  test('ids cannot be guessed, nor made from others', async () => {
    await using pool = await aPool({ tokens: TWO_TOKENS, accounts: [] });
    const ids = [await pool.reserve(), await pool.reserve()].map(
      (path) => /s\/(\w+)\?/.exec(path)?.[1] ?? '',
    );
    for (const id of ids) expect(id).toMatch(/^[0-9A-Za-z]{22,}$/);
    const [one = '', other = ''] = ids;
    const mixed = one.slice(0, -22) + other.slice(-22);
    expect((await pool.get(`/reservations/${mixed}?token=tokena`)).status).toBe(404);
  });
});

describe('time', () => {
  test('duration counts from the assignment: waiting costs nothing', async () => {
    await using pool = await aPool();
    await pool.reserve('tokena', '&duration=10');
    const second = await pool.reserve('tokenb', '&duration=5');
    await pool.advance(9 * MINUTE_MS);
    expect((await pool.get(second)).body.status).toBe('pending');
    await pool.advance(MINUTE_MS);
    const { body } = await pool.get(second);
    expect(body.status).toBe('active');
    expect(Date.parse(body.expiration) - Date.parse(body.created)).toBeGreaterThanOrEqual(15 * MINUTE_MS);
    await pool.advance(5 * MINUTE_MS);
    expect((await pool.get(second)).body.status).toBe('expired');
  });

  test('expiry is judged by the clock, also where nobody has swept yet', async () => {
    await using pool = await aPool();
    const path = await pool.reserve('tokena', '&duration=1');
    pool.skip(MINUTE_MS - 1);
    expect((await pool.get(path)).body.credentials).toEqual({ username: 'abc', password: 'xyz' });
    pool.skip(1);
    const { status, body } = await pool.get(path);
    expect([status, body.status, body.credentials]).toEqual([200, 'expired', null]);
    expect(body.expiration).toBe('2026-11-21T07:01:00Z');
    expect((await pool.get('/')).body).toMatchObject({ reservations: 0, active_reservations: 0 });
    expect(await pool.keeper.read(({ leases }) => leases.size)).toBe(1);
    expect((await pool.cancel(path)).status).toBe(204);
  });

  test('asking changes nothing: an expiration does not move', async () => {
    await using pool = await aPool();
    const path = await pool.reserve('tokena', '&duration=2');
    const first = (await pool.get(path)).text;
    const before = pool.keeper.lastEvent();
    await pool.advance(MINUTE_MS);
    for (let times = 0; times < 5; times += 1) expect((await pool.get(path)).text).toBe(first);
    expect(pool.keeper.lastEvent()).toBe(before);
  });

  test('an expired reservation is shown for a day, without credentials; then it is gone', async () => {
    await using pool = await aPool();
    const path = await pool.reserve('tokena', '&duration=1');
    await pool.advance(MINUTE_MS);
    await pool.advance(23 * 60 * MINUTE_MS);
    expect((await pool.get(path)).body).toMatchObject({ status: 'expired', credentials: null });
    expect((await pool.cancel(path)).status).toBe(204);
    await pool.advance(61 * MINUTE_MS);
    expect((await pool.get(path)).status).toBe(404);
  });

  test('a reservation that ran out while the server was down has expired at its start', async () => {
    const disk = createMemoryDisk();
    const before = await startAcctpool({ disk });
    await before.finishDue();
    const path = await before.reserve('tokena', '&duration=5');
    await before[Symbol.asyncDispose]();
    await before.time.advance(6 * MINUTE_MS);
    await using pool = await startAcctpool({ disk, time: before.time });
    expect((await pool.get(path)).body).toMatchObject({ status: 'expired', credentials: null });
    await pool.advance(MINUTE_MS);
    expect(pool.accounts.done).toEqual(['clean abc', 'prove abc']);
    expect((await pool.get('/')).body).toMatchObject({ available_accounts: 1 });
  });
});

describe('accounts', () => {
  test('nothing is offered before it was verified, cleaned and proven', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await using pool = await startAcctpool({ prepare: (accounts) => void (accounts.gate = promise) });
    const path = await pool.reserve();
    expect((await pool.get(path)).body).toMatchObject({ status: 'pending', credentials: null, position: 1 });
    expect((await pool.get('/')).body).toMatchObject({ available_accounts: 0, cleaning_accounts: 1 });
    resolve();
    await pool.advance(1_000);
    expect(pool.accounts.done).toEqual(['verify abc', 'clean abc', 'prove abc']);
    expect((await pool.get(path)).body.status).toBe('active');
  });

  test('two requests at the same time never share an account', async () => {
    await using pool = await aPool({ tokens: TWO_TOKENS, accounts: accountsOf('one', 'two', 'three') });
    const paths = await Promise.all(
      Array.from({ length: 8 }, (_, index) => pool.reserve(index % 2 === 0 ? 'tokena' : 'tokenb')),
    );
    const seen = await Promise.all(paths.map(async (path) => (await pool.get(path)).body));
    const users = seen.flatMap(({ credentials }) =>
      credentials === null ? [] : [credentials.username as string],
    );
    expect(users.toSorted()).toEqual(['one', 'three', 'two']);
  });

  test('first come, first served for each type, also over a restart', async () => {
    const disk = createMemoryDisk();
    const before = await startAcctpool({ disk });
    await before.finishDue();
    const holding = await before.reserve('tokenb');
    const paths: string[] = [];
    for (const token of ['tokena', 'tokenb', 'tokena']) paths.push(await before.reserve(token));
    const lite = await before.reserve('tokenb', '&type=lite');
    await before[Symbol.asyncDispose]();
    await using pool = await startAcctpool({ disk, time: before.time });
    const positions = async (): Promise<unknown[]> =>
      Promise.all(paths.map(async (path) => (await pool.get(path)).body.position));
    expect(await positions()).toEqual([1, 2, 3]);
    expect((await pool.get(lite)).body.position).toBe(1);
    for (const [index, path] of [holding, ...paths].entries()) {
      expect((await pool.get(path)).body.status, `reservation ${index}`).toBe('active');
      expect((await pool.cancel(path)).status).toBe(204);
      await pool.advance(1_000);
    }
  });

  test('who cancels while waiting leaves the queue', async () => {
    await using pool = await aPool();
    const [, second, third] = [await pool.reserve(), await pool.reserve(), await pool.reserve()];
    expect((await pool.cancel(second)).status).toBe(204);
    expect((await pool.get(second)).status).toBe(404);
    expect((await pool.get(third)).body.position).toBe(1);
  });

  test('whoever cancels loses the credentials at once, and the account is dirty before anything else', async () => {
    await using pool = await aPool();
    const { promise, resolve } = Promise.withResolvers<void>();
    const path = await pool.reserve();
    pool.accounts.gate = promise;
    await pool.cancel(path);
    expect((await pool.get(path)).status).toBe(404);
    const waiting = await pool.reserve('tokenb');
    expect((await pool.get(waiting)).body.status).toBe('pending');
    expect((await pool.get('/')).body).toMatchObject({ available_accounts: 0, cleaning_accounts: 1 });
    resolve();
    await pool.advance(1_000);
    expect((await pool.get(waiting)).body.status).toBe('active');
  });

  test('what the last holder had is taken from him before anything is cleaned, and cleaned before it is proven', async () => {
    const file = { tokens: TWO_TOKENS, accounts: [{ name: 'one', apikey: 'key-0', account_id: 'a1' }] };
    await using pool = await aPool(file);
    pool.accounts.done.length = 0;
    const path = await pool.reserve();
    expect((await pool.get(path)).body.credentials).toEqual({
      username: 'apikey',
      password: 'key-0',
      apikey: 'key-0',
      account_id: 'a1',
    });
    await pool.cancel(path);
    await pool.advance(1_000);
    expect(pool.accounts.done).toEqual(['rotate one', 'clean one', 'prove one']);
    const next = await pool.reserve('tokenb');
    expect((await pool.get(next)).body.credentials.password).toBe('key-1');
  });

  test('no lease can keep its key: what it brings along for its release comes beside the rotation, not in its place', async () => {
    const file = { tokens: TWO_TOKENS, accounts: [{ name: 'one', apikey: 'key-0', account_id: 'a1' }] };
    await using pool = await aPool(file);
    pool.accounts.done.length = 0;
    const step: Step = {
      name: 'own',
      uses: 'provider',
      with: { action: 'verify' },
      timeoutMs: MINUTE_MS,
      retries: 0,
      if: null,
      onFailure: 'hold',
      runsOn: {},
    };
    await pool.keeper.ask({ type: 'putWorkflow', spec: { name: 'mine', steps: [step] } });
    const { id } = await pool.keeper.ask({
      type: 'requestLease',
      holder: 'operator',
      items: [{ pool: 'acctpool-free', count: 1 }],
      on: { release: { workflow: 'mine' } },
    });
    await pool.keeper.ask({ type: 'endLease', lease: id, asHolder: null });
    await pool.advance(1_000);
    expect(pool.accounts.done).toEqual(['verify one', 'rotate one', 'clean one', 'prove one']);
    expect((await pool.get(await pool.reserve())).body.credentials.password).toBe('key-1');
  });

  test('an account that was being cleaned when the server ended is cleaned again', async () => {
    const disk = createMemoryDisk();
    const before = await startAcctpool({ disk });
    await before.finishDue();
    const path = await before.reserve();
    before.accounts.gate = new Promise(() => {});
    await before.cancel(path);
    await before.finishDue();
    // What is under way is given up, as a crash gives it up.
    await using pool = await startAcctpool({ disk, time: before.time });
    await pool.advance(1_000);
    expect(pool.accounts.done).toEqual(['clean abc', 'prove abc']);
    expect((await pool.get('/')).body).toMatchObject({ available_accounts: 1 });
  });

  test('one account that cannot be cleaned holds up no other', async () => {
    await using pool = await aPool({ tokens: TWO_TOKENS, accounts: accountsOf('one', 'two') });
    pool.accounts.of('one').stuck.add('bucket-7');
    for (const path of [await pool.reserve(), await pool.reserve()]) await pool.cancel(path);
    await pool.advance(1_000);
    expect((await pool.get('/')).body).toMatchObject({ available_accounts: 1, dirty_accounts: 1 });
    expect((await pool.get(await pool.reserve())).body.credentials.username).toBe('two');
  });

  test('a cleaning that fails is tried again after 1, 5, 15 and 60 minutes; then the account is set aside, by its name', async () => {
    await using pool = await aPool();
    pool.accounts.of('abc').stuck.add('bucket-7');
    await pool.cancel(await pool.reserve());
    const attempts: number[] = [];
    let passed = 0;
    for (const minutes of [0.5, 0.6, 4.7, 0.4, 14.6, 0.4, 59.6, 0.5]) {
      await pool.advance(minutes * MINUTE_MS);
      passed += minutes;
      attempts.push(pool.accounts.done.filter((line) => line === 'clean abc').length - 1);
    }
    expect([attempts, Math.round(passed)]).toEqual([[1, 2, 2, 3, 3, 4, 4, 5], 81]);
    expect((await pool.get('/')).body).toMatchObject({ quarantined_accounts: 1, total_accounts: 1 });
    const { id } = await pool.resource('abc');
    const events = await pool.keeper.listEvents({ after: 0, limit: 1_000 } as never);
    const quarantined = events.find(
      ({ type, resource }) => type === 'resource.quarantined' && resource === id,
    );
    expect(JSON.stringify(quarantined?.data)).toContain('1 thing is left in abc: thing bucket-7');
  });

  test('an operator who repaired an account has it cleaned from the beginning', async () => {
    await using pool = await aPool();
    pool.accounts.of('abc').stuck.add('bucket-7');
    await pool.cancel(await pool.reserve());
    await pool.advance(90 * MINUTE_MS);
    pool.accounts.of('abc').stuck.clear();
    pool.accounts.done.length = 0;
    const { id } = await pool.resource('abc');
    await pool.keeper.ask({
      type: 'actOnResource',
      resource: id,
      action: 'retry',
      reason: 'removed by hand',
    });
    await pool.advance(1_000);
    expect(pool.accounts.done).toEqual(['clean abc', 'prove abc']);
    expect((await pool.get('/')).body).toMatchObject({ available_accounts: 1, quarantined_accounts: 0 });
  });

  test('a credential that is no good is tried once more, and its account is set aside within minutes', async () => {
    await using pool = await startAcctpool({
      file: { tokens: TWO_TOKENS, accounts: accountsOf('good', 'bad') },
      prepare: (accounts) => void (accounts.of('bad').isBad = true),
    });
    await pool.advance(2 * MINUTE_MS);
    expect((await pool.get('/')).body).toMatchObject({ available_accounts: 1, quarantined_accounts: 1 });
    expect(pool.accounts.done.filter((line) => line === 'verify bad')).toHaveLength(2);
  });

  test('a credential that is no good sets its account aside, with the reason; nobody is set aside because nobody answers', async () => {
    await using pool = await startAcctpool({
      file: { tokens: TWO_TOKENS, accounts: accountsOf('good', 'bad') },
      prepare: (accounts) => {
        accounts.of('bad').isBad = true;
        accounts.isAway = true;
      },
    });
    await pool.advance(4 * 60 * MINUTE_MS);
    expect((await pool.get('/')).body).toMatchObject({ dirty_accounts: 2, quarantined_accounts: 0 });
    pool.accounts.isAway = false;
    await pool.advance(61 * MINUTE_MS);
    expect((await pool.get('/')).body).toMatchObject({ available_accounts: 1, quarantined_accounts: 1 });
    expect((await pool.resource('bad')).status).toBe('quarantined');
  });
});

describe('limits', () => {
  test('one reservation too many of a token is 429; one that is over does not count', async () => {
    const tokens = [{ id: 'tokena', max_reservations: 2 }, { id: 'tokenb' }];
    await using pool = await aPool({ tokens, accounts: accountsOf('one') });
    const first = await pool.reserve();
    await pool.reserve();
    const refused = await pool.send({ method: 'POST', path: '/reservations?token=tokena' });
    expect([refused.status, refused.headers['content-type']]).toEqual([429, 'application/json']);
    expect(refused.body.error).toContain('Too many reservations');
    await pool.reserve('tokenb');
    await pool.cancel(first);
    await pool.reserve();
  });

  test('durations are bounded by type and by token, and the default gives way to both', async () => {
    const file = {
      tokens: [{ id: 'tokena', max_duration: 20 }, { id: 'tokenb' }],
      accounts: [],
      max_duration: 120,
      types: { lite: { max_duration: 30, default_duration: 10 } },
    };
    await using pool = await aPool(file);
    const durationOf = async (token: string, query: string): Promise<number> =>
      (await pool.get(await pool.reserve(token, query))).body.duration;
    expect(await durationOf('tokena', '')).toBe(20);
    expect(await durationOf('tokenb', '')).toBe(60);
    expect(await durationOf('tokenb', '&type=lite')).toBe(10);
    expect(await durationOf('tokenb', '&type=lite&duration=30')).toBe(30);
    const status = async (token: string, query: string): Promise<number> =>
      (await pool.send({ method: 'POST', path: `/reservations?token=${token}${query}` })).status;
    expect(await status('tokenb', '&type=lite&duration=31')).toBe(400);
    expect(await status('tokena', '&duration=21')).toBe(400);
    expect(await status('tokenb', '&duration=121')).toBe(400);
  });

  test('where a person has to say yes, the reservation is pending until then', async () => {
    const file = { ...(A_FILE as object), types: { free: { approval: true, cooldown: 5 } } };
    await using pool = await aPool(file);
    await pool.advance(6 * MINUTE_MS);
    const path = await pool.reserve();
    expect((await pool.get(path)).body).toMatchObject({
      status: 'pending',
      credentials: null,
      position: 0,
      waiting_for: 'approval',
    });
    expect((await pool.get('/')).body).toMatchObject({ pending_reservations: 1, reserved_accounts: 1 });
    await pool.advance(30 * MINUTE_MS);
    const { run } = await pool.resource('abc');
    await pool.keeper.ask({
      type: 'decideApproval',
      run: run ?? '',
      isApproved: true,
      by: 'ann',
      reason: 'fine',
    } as never);
    const { body } = await pool.get(path);
    expect([body.status, body.credentials?.username]).toEqual(['active', 'abc']);
    // The time of the lease begins with the yes.
    expect(Date.parse(body.expiration) - pool.time.now()).toBe(60 * MINUTE_MS);
  });

  test('an account rests after it was cleaned where its type says so', async () => {
    await using pool = await aPool({ ...(A_FILE as object), types: { free: { cooldown: 5 } } });
    await pool.advance(6 * MINUTE_MS);
    await pool.cancel(await pool.reserve());
    await pool.advance(4 * MINUTE_MS);
    expect((await pool.get('/')).body).toMatchObject({ available_accounts: 0, cleaning_accounts: 1 });
    await pool.advance(2 * MINUTE_MS);
    expect((await pool.get('/')).body).toMatchObject({ available_accounts: 1 });
  });
});
