import { expect, test } from 'vitest';
import { aHeldLease, aPool, aResource } from './contract-documents.ts';
import { createIntern } from './intern.ts';

test('equal parts of documents become one object, and the documents stay equal to what they were', () => {
  const intern = createIntern();
  const first = intern('resource', structuredClone(aResource('res_1', { addresses: [], endpoints: {} })));
  const second = intern('resource', structuredClone(aResource('res_2', { addresses: [], endpoints: {} })));
  const other = intern('resource', structuredClone(aResource('res_3', { labels: { arch: 'arm64' } })));
  expect(second.labels).toBe(first.labels);
  expect(second.params).toBe(first.params);
  expect(second.addresses).toBe(first.addresses);
  expect(second.endpoints).toBe(first.endpoints);
  expect(second.profiles).toBe(first.profiles);
  expect(second).toEqual(aResource('res_2', { addresses: [], endpoints: {} }));
  expect(other).toEqual(aResource('res_3', { labels: { arch: 'arm64' } }));
});

test('equal requests of leases become one object', () => {
  const intern = createIntern();
  const first = intern('lease', structuredClone(aHeldLease('lse_1')));
  const second = intern('lease', structuredClone(aHeldLease('lse_2')));
  expect(second.items).toBe(first.items);
  expect(second).toEqual(aHeldLease('lse_2'));
});

test('other kinds are left alone', () => {
  const pool = aPool('web');
  expect(createIntern()('pool', pool)).toBe(pool);
});

test('more different parts than are kept are not mixed up', () => {
  const intern = createIntern();
  for (let ram = 0; ram < 70_000; ram += 1) intern('resource', aResource('res_1', { params: { ram } }));
  expect(intern('resource', aResource('res_1', { params: { ram: 69_999 } })).params).toEqual({ ram: 69_999 });
});
