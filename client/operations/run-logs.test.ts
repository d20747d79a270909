import { expect, test } from 'vitest';
import { createPoolkeeper } from '../create-poolkeeper.ts';
import { standInFetch } from '../testing/stand-in-fetch.ts';

test('the log of a run that has put out nothing is empty, and no fault of the server', async () => {
  const { fetch } = standInFetch(
    () => new Response('', { headers: { 'content-type': 'text/plain', 'content-length': '0' } }),
  );
  const poolkeeper = createPoolkeeper({ url: 'http://127.0.0.1:1', token: 'pk_x', fetch });
  expect(await poolkeeper.runs.log('run_1')).toBe('');
  expect(await poolkeeper.runs.logPage('run_1')).toEqual([]);
});
