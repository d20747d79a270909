import { expect, test } from 'vitest';
import { failed } from '../../../notifications/contract.ts';
import type { SendResult } from '../../../notifications/contract.ts';
import { VirtualTime } from '../../../virtual-time.ts';
import { ATTEMPTS_MAX, Deliveries, LANE_ALERTS_MAX } from './deliveries.ts';
import type { Delivery } from './deliveries.ts';

function aWorld() {
  const time = new VirtualTime();
  const logged: string[] = [];
  const warn = (fields: object | string, message?: string) =>
    void logged.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug: () => {}, info: () => {}, warn, error: warn };
  return { time, logged, deliveries: new Deliveries({ timers: time, logger }) };
}

const DELIVERED: SendResult = { isDelivered: true };

function aDelivery(send: Delivery['send'], more: Partial<Delivery> = {}): Delivery {
  return { lane: 'a', pool: 'web', receiver: 'http://a/', bytes: 10, send, ...more };
}

test('a receiver that fails is tried again with longer and longer pauses, then given up with one line', async () => {
  const { time, logged, deliveries } = aWorld();
  const attempts: number[] = [];
  const fail = () => {
    attempts.push(time.now() - 1_000_000);
    return Promise.resolve(failed('It answered 500.'));
  };
  deliveries.push(aDelivery(fail));
  await time.advance(3_600_000);
  expect(attempts).toEqual([0, 2_000, 6_000, 14_000, 30_000, 62_000]);
  expect(attempts).toHaveLength(ATTEMPTS_MAX);
  expect(logged).toEqual([expect.stringMatching(/given up .*"attempts":6,"reason":"It answered 500[.]"/)]);
  await deliveries[Symbol.asyncDispose]();
});

test('alerts come in order, one at a time, and after what failed first', async () => {
  const { time, deliveries } = aWorld();
  const came: number[] = [];
  let failing = 1;
  for (const n of [1, 2, 3])
    deliveries.push(
      aDelivery(() => {
        if (failing > 0) {
          failing -= 1;
          return Promise.resolve(failed('no'));
        }
        came.push(n);
        return Promise.resolve(DELIVERED);
      }),
    );
  await time.advance(1_999);
  expect(came).toEqual([]);
  await time.advance(1);
  expect(came).toEqual([1, 2, 3]);
  await deliveries[Symbol.asyncDispose]();
});

test('a receiver that hangs keeps nothing from another, and new alerts for it are dropped once there are too many', async () => {
  const { time, logged, deliveries } = aWorld();
  let attempts = 0;
  const hang: Delivery['send'] = (signal) => {
    attempts += 1;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(failed('stopped'))));
  };
  for (let n = 0; n < LANE_ALERTS_MAX + 50; n += 1) deliveries.push(aDelivery(hang));
  let came = 0;
  deliveries.push(
    aDelivery(
      () => {
        came += 1;
        return Promise.resolve(DELIVERED);
      },
      { lane: 'b' },
    ),
  );
  await time.advance(0);
  expect([attempts, came]).toEqual([1, 1]);
  expect(logged).toEqual([expect.stringContaining('too many alerts wait')]);
  await deliveries[Symbol.asyncDispose]();
  expect(attempts, 'what waited is not sent while it stops').toBe(1);
  expect(time.pending).toBe(0);
});

test('what waits has a bound in bytes, for all receivers together', () => {
  const { logged, deliveries } = aWorld();
  const never: Delivery['send'] = () => new Promise(() => {});
  for (let n = 0; n < 40; n += 1) deliveries.push(aDelivery(never, { lane: `${n}`, bytes: 1_024 * 1_024 }));
  expect(logged).toHaveLength(8);
});

test('a receiver says when to come back, and for ever is not obeyed', async () => {
  const { time, deliveries } = aWorld();
  const attempts: number[] = [];
  const busy = (retryAfterMs: number) => () => {
    attempts.push(time.now() - 1_000_000);
    return Promise.resolve(attempts.length > 1 ? DELIVERED : failed('busy', retryAfterMs));
  };
  deliveries.push(aDelivery(busy(60_000)));
  await time.advance(60_000);
  expect(attempts).toEqual([0, 60_000]);
  attempts.length = 0;
  deliveries.push(aDelivery(busy(1e12)));
  await time.advance(300_000);
  expect(attempts).toHaveLength(2);
  await deliveries[Symbol.asyncDispose]();
});

test('one that wants nothing any more is given up at once, and stopping ends a pause', async () => {
  const { time, logged, deliveries } = aWorld();
  const gone = { isDelivered: false, error: 'It answered 410.', retryAfterMs: null, isFinal: true } as const;
  deliveries.push(aDelivery(() => Promise.resolve(gone)));
  deliveries.push(aDelivery(() => Promise.resolve(failed('no')), { lane: 'b' }));
  await time.advance(0);
  expect(logged).toEqual([expect.stringContaining('"attempts":1')]);
  await deliveries[Symbol.asyncDispose]();
  expect(time.pending).toBe(0);
});
