import { connect } from 'node:net';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { sendBytes } from '../testing/raw-http.ts';
import { BODY_BYTES_MAX } from './read-body.ts';
import { startBoskos } from './testing/boskos-harness.ts';

describe('a body', () => {
  const TOO_LARGE = Buffer.from(`{"a":"${'x'.repeat(BODY_BYTES_MAX)}"}`);
  const chunk = [
    Buffer.from(`${TOO_LARGE.length.toString(16)}\r\n`),
    TOO_LARGE,
    Buffer.from('\r\n0\r\n\r\n'),
  ];
  test.each([
    ['says how long it is', `Content-Length: ${TOO_LARGE.length}`, [TOO_LARGE]],
    ['comes without a length', 'Transfer-Encoding: chunked', chunk],
  ])('that is too large and %s is refused', async (_how, header, body) => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    await boskos.acquire({});
    const start = 'POST /update?name=a&state=busy&owner=ann HTTP/1.1\r\nHost: a\r\nConnection: close\r\n';
    const seen = await sendBytes(
      boskos.port,
      Buffer.concat([Buffer.from(`${start}${header}\r\n\r\n`), ...body]),
    );
    expect([seen.status, seen.text]).toEqual([
      413,
      'The body is too large: send at most 1048576 bytes of user data.\n',
    ]);
  });

  test('that breaks off because its client went away is no error of the server', async () => {
    const errors: string[] = [];
    const logger = pino({ base: null, level: 'error' }, { write: (line: string) => void errors.push(line) });
    await using boskos = await startBoskos({ app: { logger } });
    await boskos.type('t', ['a']);
    await boskos.acquire({});
    const closed = new Promise((resolve) =>
      boskos.app.server.once('connection', (one) => one.once('close', resolve)),
    );
    const socket = connect(boskos.port, '127.0.0.1');
    socket.write(
      'POST /update?name=a&state=busy&owner=ann HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{"a"',
    );
    setTimeout(() => socket.destroy(), 100);
    await closed;
    // Whatever is logged is, by the time that another request was answered.
    expect((await boskos.acquire({})).status).toBe(404);
    expect(errors).toEqual([]);
  });

  test('in chunks and without a length is read', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    await boskos.acquire({});
    const more = { body: '{"key":"in many chunks"}', isChunked: true };
    expect((await boskos.send('POST', '/update?name=a&state=busy&owner=ann', more)).status).toBe(200);
    expect(await boskos.see('a')).toMatchObject({ data: { key: 'in many chunks' } });
  });

  test('with more than may be kept is refused, and nothing of it is kept', async () => {
    await using boskos = await startBoskos();
    await boskos.type('t', ['a']);
    await boskos.acquire({});
    const body = JSON.stringify({ small: 'x', large: 'x'.repeat(300_000) });
    const seen = await boskos.post('/update', { name: 'a', state: 'busy', owner: 'ann' }, body);
    expect(seen.status).toBe(400);
    expect(seen.text).toContain('Update failed: a - busy (ann): ');
    expect(await boskos.see('a')).toMatchObject({ data: {} });
  });
});

test('an owner that is too long is refused, and not cut', async () => {
  await using boskos = await startBoskos();
  await boskos.type('t', ['a']);
  const { status, text } = await boskos.acquire({ owner: 'x'.repeat(2_000) });
  expect(status).toBe(400);
  expect(text).toContain('Acquire failed: holder is a text of 1 to ');
});

test('a quota of the pool is told as one, and not as nothing to be had', async () => {
  await using boskos = await startBoskos();
  await boskos.type('t', ['a', 'b']);
  await boskos.keeper.ask({ type: 'putPool', name: 't', merge: true, spec: { quota: { perHolder: 1 } } });
  expect((await boskos.acquire({})).status).toBe(200);
  const { status, text } = await boskos.acquire({});
  expect(status).toBe(429);
  expect(text).toContain(
    'Acquire failed: Holder "ann" has or waits for 1 of at most 1 resources of pool "t"',
  );
});

test('a head that is too long is refused in words', async () => {
  await using boskos = await startBoskos();
  const bytes = Buffer.from(`GET /${'x'.repeat(200_000)} HTTP/1.1\r\nHost: a\r\n\r\n`);
  expect(await sendBytes(boskos.port, bytes)).toMatchObject({
    status: 431,
    text: '431 Request Header Fields Too Large',
  });
});

test('what is no request is refused in words', async () => {
  await using boskos = await startBoskos();
  expect(await sendBytes(boskos.port, Buffer.from('hello\r\n\r\n'))).toMatchObject({
    status: 400,
    text: '400 Bad Request',
  });
});

test('a store that takes no writes is 500 with its reason, and what was asked did not happen', async () => {
  await using boskos = await startBoskos();
  await boskos.type('t', ['a']);
  boskos.store.fail(new Error('the disk is full'));
  const { status, text } = await boskos.acquire({});
  expect([status, text.slice(0, 16)]).toEqual([500, 'Acquire failed: ']);
  boskos.store.mend();
  await boskos.time.advance(60_000);
  expect(await boskos.see('a')).toMatchObject({ state: 'free', owner: '' });
});

test('a type whose name is changed is found under the new one, and one whose pool is removed is gone', async () => {
  await using boskos = await startBoskos();
  await boskos.type('t', ['a']);
  expect((await boskos.acquire({})).status).toBe(200);
  await boskos.release('a');
  await boskos.keeper.ask({
    type: 'putPool',
    name: 't',
    merge: true,
    spec: { stages: { type: 'renamed', initial: 'free' } },
  });
  expect((await boskos.acquire({})).text).toContain('resource type "t" does not exist');
  expect((await boskos.acquire({ type: 'renamed' })).status).toBe(200);
  await boskos.release('a');
  await boskos.keeper.ask({ type: 'removePool', name: 't' });
  expect((await boskos.acquire({ type: 'renamed' })).text).toContain(
    'resource type "renamed" does not exist',
  );
});
