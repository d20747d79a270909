import { expect, test } from 'vitest';
import { CircuitBreaker } from './circuit-breaker.ts';

const LIMITS = { failuresMax: 3, openMinMs: 1_000, openMaxMs: 4_000 };
const noJitter = (): number => 0;

function fail(breaker: CircuitBreaker, now: number): void {
  breaker.end(breaker.begin(), 'failure', now);
}

function anOpenBreaker(): CircuitBreaker {
  const breaker = new CircuitBreaker(LIMITS, noJitter);
  for (let failure = 0; failure < 3; failure += 1) fail(breaker, 0);
  return breaker;
}

test('it opens after so many failures in a row, and a success in between starts the count again', () => {
  const breaker = new CircuitBreaker(LIMITS, noJitter);
  fail(breaker, 0);
  fail(breaker, 0);
  breaker.end(breaker.begin(), 'success', 0);
  fail(breaker, 0);
  fail(breaker, 0);
  expect(breaker.status()).toEqual({ state: 'closed', failures: 2, openUntil: null });
  expect(breaker.waitMs(0)).toBe(0);
  fail(breaker, 10);
  expect(breaker.status()).toEqual({ state: 'open', failures: 3, openUntil: 1_010 });
  expect(breaker.waitMs(400)).toBe(610);
});

test('one probe at a time goes through after the open time, and its success closes', () => {
  const breaker = anOpenBreaker();
  expect(breaker.waitMs(1_000)).toBe(0);
  const probe = breaker.begin();
  expect(breaker.status().state).toBe('half-open');
  expect(breaker.waitMs(1_000)).toBe(Number.POSITIVE_INFINITY);
  breaker.end(probe, 'success', 1_100);
  expect(breaker.status()).toEqual({ state: 'closed', failures: 0, openUntil: null });
});

test('each failed probe doubles the wait up to the maximum, and a success brings the first wait back', () => {
  const breaker = anOpenBreaker();
  let now = 0;
  const waits: number[] = [];
  for (let probe = 0; probe < 4; probe += 1) {
    waits.push(breaker.waitMs(now));
    now += breaker.waitMs(now);
    fail(breaker, now);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 4_000]);
  now += breaker.waitMs(now);
  breaker.end(breaker.begin(), 'success', now);
  for (let failure = 0; failure < 3; failure += 1) fail(breaker, now);
  expect(breaker.waitMs(now)).toBe(1_000);
});

test('a call from before it opened neither closes it nor keeps it open longer', () => {
  const breaker = new CircuitBreaker(LIMITS, noJitter);
  const late = [breaker.begin(), breaker.begin()] as const;
  for (let failure = 0; failure < 3; failure += 1) fail(breaker, 0);
  breaker.end(late[0], 'success', 500);
  breaker.end(late[1], 'failure', 500);
  expect(breaker.status()).toEqual({ state: 'open', failures: 3, openUntil: 1_000 });
});

test('jitter only lengthens the wait, by at most a tenth', () => {
  const breaker = new CircuitBreaker({ ...LIMITS, failuresMax: 1 }, () => 0.5);
  fail(breaker, 0);
  expect(breaker.waitMs(0)).toBe(1_050);
});
