import { beforeEach, expect, test } from 'vitest';
import type { Ec2Instance } from './ec2-instance.ts';
import { SETTLE_MS_MAX, Unsettled } from './unsettled.ts';

let nowMs: number;
let unsettled: Unsettled;

beforeEach(() => {
  nowMs = 0;
  unsettled = new Unsettled({ now: () => nowMs });
});

function anInstance(id: string, tags: Record<string, string> = {}): Ec2Instance {
  const details = {
    launchedAt: 0,
    requestedAt: null,
    publicAddresses: [],
    privateAddresses: [],
    cloud: 'AWS-EC2',
    region: 'r',
    size: 's',
  };
  return { id, state: 'PENDING', tags, details };
}

test('what is listed counts for what it is, with the tags that were written since', () => {
  unsettled.exists(anInstance('i-1', { a: 'made' }));
  unsettled.tagged('i-1', { b: 'written' });
  unsettled.untagged('i-1', ['c']);
  const listed = { ...anInstance('i-1', { a: 'listed', c: 'old' }), state: 'RUNNING' } as const;
  expect(unsettled.settle([listed])).toEqual([{ ...listed, tags: { a: 'listed', b: 'written' } }]);
});

test('a tag that is written again after it was taken away is there, and the other way round', () => {
  unsettled.untagged('i-1', ['a']);
  unsettled.tagged('i-1', { a: '1' });
  expect(unsettled.settle([anInstance('i-1')])[0]?.tags).toEqual({ a: '1' });
  unsettled.untagged('i-1', ['a']);
  expect(unsettled.settle([anInstance('i-1', { a: '0' })])[0]?.tags).toEqual({});
});

test('what was only tagged, or let go, or has ended is not there when it is not listed', () => {
  unsettled.tagged('i-1', { a: '1' });
  unsettled.exists(anInstance('i-2'));
  unsettled.untagged('i-2', ['a']);
  unsettled.exists(anInstance('i-3'));
  unsettled.ended('i-3');
  expect(unsettled.settle([])).toEqual([]);
});

test('each is remembered for its time, and of very many the newest', () => {
  unsettled.exists(anInstance('i-first'));
  nowMs = 1;
  for (let index = 0; index < 10_000; index += 1)
    unsettled.exists(anInstance(`i-${index}`, { n: `${index}` }));
  expect(unsettled.find('i-first')).toBeUndefined();
  expect(unsettled.findWith('n', '0')?.id).toBe('i-0');
  nowMs = SETTLE_MS_MAX;
  expect(unsettled.settle([])).toHaveLength(10_000);
  nowMs += 1;
  expect(unsettled.settle([])).toEqual([]);
  expect(unsettled.findWith('n', '0')).toBeUndefined();
});
