import { describe, expect, test } from 'vitest';
import { createTokenAccess } from './access.ts';
import { startBoskos } from './testing/boskos-harness.ts';

/**
 * What has bitten who answered this API, or clients of it, each under what it is about; the goldens hold the answers to the byte.
 */

const DYNAMIC = { min: 0, max: 2, lifespanMs: null, needs: {}, content: null };

describe('what clients read', () => {
  test('user data that is empty is an object, and never null', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    expect((await boskos.acquire({})).text).toContain('"userdata":{}');
  });

  test('a metric has the keys current and owner, and what nobody has counts under the empty owner', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a', 'b']);
    await boskos.acquire({});
    const { text } = await boskos.send('GET', '/metric?type=t');
    expect(JSON.parse(text)).toEqual({
      type: 't',
      current: { busy: 1, free: 1 },
      owner: { '': 1, ann: 1 },
    });
  });

  test('every success has a name, without which a client gives up for good', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    expect(JSON.parse((await boskos.acquire({})).text)).toMatchObject({ name: 'a' });
  });

  test('an expiration is shown only where there is one', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    expect((await boskos.acquire({})).text).not.toContain('expiration');
  });

  test('a type that is configured and has no resource is not said to be missing, which clients take for final', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', [], { initial: 'dirty', dynamic: DYNAMIC });
    expect(await boskos.acquire({ request_id: '1' })).toMatchObject({
      status: 404,
      text: 'Acquire failed: no available resource t, try again later.\n',
    });
  });

  test('a type that is not there is said so in the one text that clients parse', async () => {
    await using boskos = await startBoskos();
    const { status, text } = await boskos.acquire({ type: 'x"y' });
    expect([status, text]).toEqual([404, 'Acquire failed: resource type "x\\"y" does not exist\n']);
  });
});

describe('the address', () => {
  test('every path that is none of an endpoint is 200 with nothing in it, also what looks like health', async () => {
    await using boskos = await startBoskos();
    for (const path of ['/', '/healthz', '/acquire/', '/aquire', '/metrics'])
      expect([path, await boskos.send('GET', path)]).toMatchObject([path, { status: 200, text: '' }]);
  });

  test('the method is looked at before the parameters, and these before the operation', async () => {
    await using boskos = await startBoskos();
    expect((await boskos.send('GET', '/release')).status).toBe(405);
    expect((await boskos.send('POST', '/release')).status).toBe(400);
    expect((await boskos.post('/update', { name: 'x', owner: 'o', state: 's' }, 'no JSON')).status).toBe(400);
    expect((await boskos.post('/update', { name: 'x', owner: 'o', state: 's' }, '{}')).status).toBe(404);
  });

  test('a wrong method of /acquirebystate is told as one of /acquire', async () => {
    await using boskos = await startBoskos();
    const { text } = await boskos.send('GET', '/acquirebystate');
    expect(text).toBe('Method GET, /acquire only accepts POST.\n');
  });

  test('parameters in a form are not read', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const body = 'type=t&state=free&dest=busy&owner=o';
    expect((await boskos.send('POST', '/acquire', { headers, body })).status).toBe(400);
    expect(await boskos.see('a')).toMatchObject({ owner: '' });
  });
});

describe('/acquire', () => {
  test('never answers 401 or 409, which clients take for "in use" and wait on', async () => {
    await using boskos = await startBoskos({
      authenticate: (keeper) => createTokenAccess(keeper),
    });
    await boskos.type('t', ['a']);
    expect((await boskos.acquire({})).status).toBe(403);
    const headers = { Authorization: `Basic ${Buffer.from('ann:wrong').toString('base64')}` };
    const path = '/acquire?type=t&state=free&dest=busy&owner=ann';
    expect((await boskos.send('POST', path, { headers })).status).toBe(403);
  });

  test('takes what was there longest, so that all have their turns', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a', 'b']);
    const names: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      await boskos.time.advance(1_000);
      const { name } = JSON.parse((await boskos.acquire({})).text) as { name: string };
      names.push(name);
      await boskos.time.advance(1_000);
      await boskos.release(name);
    }
    expect(names).toEqual(['a', 'b', 'a', 'b']);
  });

  test('takes any number for one owner, also to the state that it is in', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a', 'b']);
    expect((await boskos.acquire({ dest: 'free' })).status).toBe(200);
    expect((await boskos.acquire({ dest: 'free' })).status).toBe(200);
    expect((await boskos.acquire({ dest: 'free' })).status).toBe(404);
  });

  test('of a type that comes and goes makes one for a new request, and none without an id', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', [], { initial: 'dirty', dynamic: DYNAMIC });
    await boskos.acquire({});
    expect((await boskos.send('GET', '/metric?type=t')).status).toBe(404);
    for (let ask = 0; ask < 3; ask += 1) await boskos.acquire({ request_id: '1' });
    const { text } = await boskos.send('GET', '/metric?type=t');
    expect(JSON.parse(text)).toMatchObject({ current: { dirty: 1 } });
  });
});

describe('a request id', () => {
  test('is not idempotent: said again after its success it takes another', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a', 'b']);
    const first = await boskos.acquire({ request_id: '1' });
    const second = await boskos.acquire({ request_id: '1' });
    expect([first.text, second.text].map((text) => (JSON.parse(text) as { name: string }).name)).toEqual([
      'a',
      'b',
    ]);
  });

  test('answers the same resource again where the pool says so', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a', 'b'], { isRepeatable: true });
    const first = await boskos.acquire({ request_id: '1' });
    expect((await boskos.acquire({ request_id: '1' })).text).toBe(first.text);
    expect(await boskos.see('b')).toMatchObject({ owner: '' });
  });

  test('that is second is served while the first does not ask, where there are two resources', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a', 'b']);
    const taken = [await boskos.acquire({}), await boskos.acquire({})];
    expect(taken.map(({ status }) => status)).toEqual([200, 200]);
    await boskos.acquire({ request_id: '1' });
    await boskos.acquire({ request_id: '2' });
    await boskos.release('a');
    expect((await boskos.acquire({ request_id: '2' })).status).toBe(404);
    await boskos.release('b');
    expect((await boskos.acquire({ request_id: '2' })).status).toBe(200);
    expect((await boskos.acquire({ request_id: '1' })).status).toBe(200);
  });

  test('that is not asked again costs the others its time to live, and no more', async () => {
    await using boskos = await startBoskos({ settings: { requestTtlMs: 30_000 } });
    await boskos.type('t', ['a']);
    await boskos.acquire({});
    await boskos.acquire({ request_id: '1' });
    await boskos.acquire({ request_id: '2' });
    await boskos.release('a');
    await boskos.time.advance(30_000);
    expect((await boskos.acquire({ request_id: '2' })).status).toBe(404);
    await boskos.time.advance(1);
    expect((await boskos.acquire({ request_id: '2' })).status).toBe(200);
  });

  test('that comes back late has its old place, until it was forgotten', async () => {
    await using boskos = await startBoskos({ settings: { requestTtlMs: 30_000 } });
    await boskos.type('t', ['a']);
    await boskos.acquire({});
    await boskos.acquire({ request_id: '1' });
    await boskos.time.advance(31_000);
    await boskos.acquire({ request_id: '2' });
    const positions: (string | undefined)[] = [];
    for (const id of ['1', '2'])
      positions.push((await boskos.acquire({ request_id: id })).headers['x-queue-position']);
    expect(positions).toEqual(['1', '2']);
  });

  test('has its place in what is stored, so that a restart forgets no queue', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    await boskos.acquire({});
    await boskos.acquire({ request_id: '1' });
    const stored: string[] = [];
    const { documents } = await boskos.store.load();
    for await (const page of documents) stored.push(...page.map(({ kind }) => kind));
    expect(stored.filter((kind) => kind === 'waiter')).toHaveLength(1);
  });
});

describe('/acquirebystate', () => {
  test('leaves what it took taken when another is missing, and does not say so: masons rely on it', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a', 'b']);
    const query = { state: 'free', dest: 'leased', owner: 'mason', names: 'a,missing' };
    expect(await boskos.post('/acquirebystate', query)).toMatchObject({
      status: 404,
      text: 'AcquireByState: no available resource free, try again later.\n',
    });
    expect(await boskos.see('a')).toMatchObject({ state: 'leased', owner: 'mason' });
    // The way back is the reaper.
    await boskos.post('/reset', { type: 't', state: 'leased', dest: 'dirty', expire: '0' });
    expect(await boskos.see('a')).toMatchObject({ state: 'dirty', owner: '' });
  });

  test('answers in the order in which they came to the state, and not in that of their names', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['b']);
    await boskos.time.advance(1_000);
    await boskos.seed({ type: 't', name: 'a' });
    const query = { state: 'free', dest: 'leased', owner: 'mason', names: 'a,b' };
    const taken = JSON.parse((await boskos.post('/acquirebystate', query)).text) as { name: string }[];
    expect(taken.map(({ name }) => name)).toEqual(['b', 'a']);
  });

  test('takes nothing when another is missing, where the client asks for all or none', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a', 'b']);
    const query = { state: 'free', dest: 'leased', owner: 'mason', names: 'a,missing', atomic: 'true' };
    expect((await boskos.post('/acquirebystate', query)).status).toBe(404);
    expect(await boskos.see('a')).toMatchObject({ state: 'free', owner: '' });
  });
});

describe('who has a resource', () => {
  test('calls the state that it is in the expected one when it differs', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    await boskos.acquire({});
    const { status, text } = await boskos.post('/update', { name: 'a', owner: 'ann', state: 'free' });
    expect([status, text]).toEqual([
      409,
      'Update failed: a - free (ann): state mismatch - expected busy, current free\n',
    ]);
  });

  test('is told 401 when nobody has it', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    const { status, text } = await boskos.release('a');
    expect([status, text]).toEqual([
      401,
      'Done failed: a - free (from ann): owner mismatch request by ann, currently owned by \n',
    ]);
  });

  test('hands on what is kept with it by release, by reset and to the next', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    await boskos.acquire({});
    await boskos.post('/update', { name: 'a', owner: 'ann', state: 'busy' }, '{"key":"value"}');
    await boskos.release('a', 'dirty');
    expect((await boskos.acquire({ state: 'dirty' })).text).toContain('"userdata":{"key":"value"}');
    await boskos.post('/reset', { type: 't', state: 'busy', dest: 'free', expire: '0' });
    expect((await boskos.acquire({})).text).toContain('"userdata":{"key":"value"}');
  });

  test('keeps it when a reset concerns those who are silent for longer', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    await boskos.acquire({});
    const reset = { type: 't', state: 'busy', dest: 'dirty', expire: '1m' };
    await boskos.time.advance(59_000);
    await boskos.post('/update', { name: 'a', owner: 'ann', state: 'busy' });
    await boskos.time.advance(59_999);
    expect((await boskos.post('/reset', reset)).text).toBe('{}');
    await boskos.time.advance(1);
    expect((await boskos.post('/reset', reset)).text).toBe('{"a":"ann"}');
  });

  test('renews the life of what comes and goes by giving it back', async () => {
    await using boskos = await startBoskos();
    const dynamic = { ...DYNAMIC, min: 1, lifespanMs: 3_600_000 };
    await boskos.type('t', [], { initial: 'free', dynamic });
    const { name } = JSON.parse((await boskos.acquire({})).text) as { name: string };
    await boskos.release(name);
    expect((await boskos.acquire({})).text).toContain('"expiration-date":"2006-01-02T16:04:05Z"');
    await boskos.time.advance(60_000);
    await boskos.release(name);
    expect((await boskos.acquire({})).text).toContain('"expiration-date":"2006-01-02T16:05:05Z"');
  });
});

describe('/reset', () => {
  test('touches nothing that nobody has', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    await boskos.time.advance(3_600_000);
    const query = { type: 't', state: 'free', dest: 'dirty', expire: '1s' };
    expect((await boskos.post('/reset', query)).text).toBe('{}');
    expect(await boskos.see('a')).toMatchObject({ state: 'free' });
  });

  test.each(['0', '-1s'])('of %s takes all that somebody has', async (expire) => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    await boskos.acquire({});
    const query = { type: 't', state: 'busy', dest: 'dirty', expire };
    expect((await boskos.post('/reset', query)).text).toBe('{"a":"ann"}');
  });
});
