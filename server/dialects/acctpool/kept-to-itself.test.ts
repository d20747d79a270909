import { expect, test } from 'vitest';
import type { Json } from '@poolkeeper/core';
import { createMemoryDisk } from '../../store/memory/memory-disk.ts';
import { startAcctpool } from './testing/acctpool-harness.ts';

async function aPool(file: Json) {
  const pool = await startAcctpool({ file });
  await pool.finishDue();
  return pool;
}

/** Accounts by name. */
const accountsOf = (...names: string[]): Json =>
  names.map((username) => ({ username, password: `pw-${username}` }));

const TWO_TOKENS = [{ id: 'tokena' }, { id: 'tokenb' }];

test('statistics leak nothing: numbers alone, by names that are no secret', async () => {
  await using pool = await aPool({
    tokens: [{ id: 'tokena', name: 'ci' }],
    accounts: accountsOf('one', 'two'),
  });
  await pool.reserve();
  const { text, body } = await pool.get('/?token=tokena');
  expect(text).not.toMatch(/tokena|ci\b|one|two|pw-|acctpool/);
  expect(Object.keys(body).slice(0, 3)).toEqual(['tokens', 'reservations', 'accounts']);
  const values = JSON.stringify(body).matchAll(/:([^,{}]+)/g);
  for (const [, value = ''] of values) expect(value).toMatch(/^\d+$/);
});

test('logs, events and documents of the world hold no token', async () => {
  const lines: unknown[] = [];
  const write = (...said: unknown[]): void => void lines.push(said);
  const logger = { trace: write, debug: write, info: write, warn: write, error: write, fatal: write };
  const secret = 'sesame-token-4711';
  const file = { tokens: [{ id: secret }], accounts: accountsOf('one') };
  const disk = createMemoryDisk();
  await using pool = await startAcctpool({ file, disk, logger: logger as never });
  const path = await pool.reserve(secret);
  await pool.get(path);
  await pool.get(`//x?TOKEN=${secret}`);
  // As clients get it wrong.
  await pool.get(`/reservations&token=${secret}`);
  await pool.get(`/reservations?a=1;token=${secret}`);
  await pool.get(`/reservations/abc`, { Authorization: `Bearer ${secret}` });
  expect(lines.length).toBeGreaterThan(3);
  expect(JSON.stringify(lines)).not.toContain(secret);
  expect(
    JSON.stringify(disk, (_key, value: unknown) => (value instanceof Map ? [...value] : value)),
  ).not.toContain(secret);
});

test('a management credential is shown to nobody', async () => {
  const account = { name: 'one', apikey: 'key-0', management_apikey: 'manager-key' };
  await using pool = await aPool({ tokens: TWO_TOKENS, accounts: [account] });
  expect((await pool.get(await pool.reserve())).text).not.toContain('manager-key');
});
