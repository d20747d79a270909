import { putDocument } from '@poolkeeper/core';
import type { Run } from '@poolkeeper/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anEndedRun } from '../../../store/contract-documents.ts';
import { EventClient } from '../../../testing/event-client.ts';
import { startHttp } from '../../../testing/http-harness.ts';
import type { HttpHarness } from '../../../testing/http-harness.ts';
import { rememberTurnovers } from '../../../testing/remember-turnovers.ts';

/** The keeper of the harness is the second to claim its store. */
const TERM = 2;
const LINES = { accept: 'application/x-ndjson' };

let http: HttpHarness;
beforeEach(async () => {
  http = await startHttp();
});
afterEach(() => http[Symbol.asyncDispose]());

const aLiveRun = (id: string): Run => anEndedRun(id, { status: 'running', at: 0, endedAt: null });
const live = (run: Run) => http.keeper.read((world) => void putDocument(world, 'run', run.id, run));
const over = (id: string) => http.keeper.read((world) => void putDocument(world, 'run', id, undefined));

async function put(run: string, text: string, { attempt = 1, stream = 'stdout' as 'stdout' | 'note' } = {}) {
  const log = http.runLogs.open({ run, index: 0, name: 'clean', attempt });
  log.write(stream, Buffer.from(text));
  await log.close();
}

test('the log of a run is a text, with each attempt above what it put out, live and over', async () => {
  await live(aLiveRun('run_2'));
  await put('run_2', 'wiping');
  await put('run_2', 'the disk is away\n', { stream: 'note' });
  await put('run_2', 'wiping\n', { attempt: 2 });
  const { status, text, headers } = await http.get('/v1/runs/run_2/log', { as: 'viewer' });
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(text).toBe(
    '--- clean, attempt 1\nwiping\npoolkeeper: the disk is away\n--- clean, attempt 2\nwiping\n',
  );
  await rememberTurnovers(http.store, { term: TERM, runs: [anEndedRun('run_1')] });
  expect(await http.get('/v1/runs/run_1/log')).toMatchObject({ status: 200, text: '' });
});

test('it is read entry by entry, page by page', async () => {
  await live(aLiveRun('run_2'));
  for (const text of ['one\n', 'two\n', 'three\n']) await put('run_2', text);
  const first = await http.get('/v1/runs/run_2/log?limit=2', { headers: LINES });
  expect(first.headers['content-type']).toBe('application/x-ndjson');
  expect(
    first.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
  ).toMatchObject([
    { seq: 1, step: 'clean', index: 0, attempt: 1, stream: 'stdout', text: 'one\n' },
    { seq: 2, text: 'two\n' },
  ]);
  expect(first.headers['link']).toBe('</v1/runs/run_2/log?after=2&limit=2>; rel="next"');
  const second = await http.get('/v1/runs/run_2/log?after=2&limit=2', { headers: LINES });
  expect(JSON.parse(second.text)).toMatchObject({ seq: 3 });
  expect(second.headers['link']).toBeUndefined();
});

test('a run outside of the grant does not exist, and neither does one that never was', async () => {
  await live(aLiveRun('run_2'));
  await http.pool('other', 0);
  await http.token('elsewhere', 'viewer', { pools: ['other'] });
  for (const [id, as] of [
    ['run_2', 'elsewhere'],
    ['run_9', 'admin'],
  ]) {
    const { status, body } = await http.get(`/v1/runs/${id}/log`, { as: as ?? '' });
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'run_not_found' });
  }
});

describe('whoever follows a run', () => {
  const follow = async (path: string, headers: Record<string, string> = {}): Promise<EventClient> => {
    const address = await http.app.listen({ host: '127.0.0.1', port: 0 });
    return EventClient.open(`${address}${path}`, { ...http.bearer('viewer'), ...headers });
  };
  const texts = ({ messages }: EventClient): unknown[] =>
    messages.filter(({ event }) => event === 'output').map(({ data }) => data['text']);

  test('gets what is there, what comes, and the end with the run', async () => {
    await live(aLiveRun('run_2'));
    await put('run_2', 'one\n');
    using client = await follow('/v1/runs/run_2/log');
    await expect.poll(() => texts(client)).toEqual(['one\n']);
    await put('run_2', 'two\n');
    await expect.poll(() => texts(client)).toEqual(['one\n', 'two\n']);
    expect(client.isEnded).toBe(false);
    await over('run_2');
    await put('run_2', 'three\n');
    await expect.poll(() => client.isEnded).toBe(true);
    expect(texts(client)).toEqual(['one\n', 'two\n', 'three\n']);
  });

  test('goes on where it was', async () => {
    await live(aLiveRun('run_2'));
    for (const text of ['one\n', 'two\n']) await put('run_2', text);
    using client = await follow('/v1/runs/run_2/log', { 'last-event-id': '1' });
    await expect.poll(() => texts(client)).toEqual(['two\n']);
  });

  test('of a run that is over gets all of it and the end', async () => {
    await put('run_1', 'done\n');
    await rememberTurnovers(http.store, { term: TERM, runs: [anEndedRun('run_1')] });
    using client = await follow('/v1/runs/run_1/log');
    await expect.poll(() => client.isEnded).toBe(true);
    expect(texts(client)).toEqual(['done\n']);
  });

  test('is let go when the server stops', async () => {
    await live(aLiveRun('run_2'));
    using client = await follow('/v1/runs/run_2/log');
    const closed = http.app.close();
    await expect.poll(() => client.isEnded).toBe(true);
    await closed;
  });
});
