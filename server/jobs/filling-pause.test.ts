import { expect, test } from 'vitest';
import { FillingPause } from './filling-pause.ts';

const LIMITS = { minMs: 1_000, maxMs: 4_000 };
const noJitter = (): number => 0;

function refuse(pause: FillingPause, now: number): void {
  pause.end(pause.begin(now), 'exhausted', now);
}

function make(pause: FillingPause, now: number): void {
  pause.end(pause.begin(now), 'made', now);
}

/** Filling that was refused at instant 0. */
function aPause(): FillingPause {
  const pause = new FillingPause(LIMITS, noJitter);
  refuse(pause, 0);
  return pause;
}

test('one refusal pauses filling, and after the pause one creation at a time is tried', () => {
  const pause = new FillingPause(LIMITS, noJitter);
  expect(pause.waitMs(0)).toBe(0);
  refuse(pause, 0);
  expect(pause.status(0, true)).toEqual({ isPaused: true, pausedUntil: 1_000 });
  expect(pause.waitMs(400)).toBe(600);
  expect(pause.waitMs(1_000)).toBe(0);
  pause.begin(1_000);
  expect(pause.waitMs(1_000)).toBe(Number.POSITIVE_INFINITY);
  expect(pause.status(1_000, true)).toEqual({ isPaused: true, pausedUntil: null });
});

test('each try in vain doubles the pause up to the maximum, and a success brings the first one back', () => {
  const pause = aPause();
  let now = 0;
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 4; attempt += 1) {
    pauses.push(pause.waitMs(now));
    now += pause.waitMs(now);
    refuse(pause, now);
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 4_000]);
  now += pause.waitMs(now);
  make(pause, now);
  expect(pause.status(now, true)).toEqual({ isPaused: false, pausedUntil: null });
  refuse(pause, now);
  expect(pause.waitMs(now)).toBe(1_000);
});

test('after the pause as many are let through as have shown that there is room, and one more', () => {
  const pause = aPause();
  const start = (most: number): number => {
    let started = 0;
    for (; started < most && pause.waitMs(1_000) === 0; started += 1) permits.push(pause.begin(1_000));
    return started;
  };
  const permits: ReturnType<FillingPause['begin']>[] = [];
  expect(start(100)).toBe(1);
  for (const expected of [2, 4]) {
    for (const permit of permits.splice(0)) pause.end(permit, 'made', 1_000);
    expect(start(100)).toBe(expected);
  }
});

test('what was under way when the pause began neither ends it nor makes it longer', () => {
  const pause = new FillingPause(LIMITS, noJitter);
  const late = [pause.begin(0), pause.begin(0)] as const;
  refuse(pause, 0);
  pause.end(late[0], 'made', 500);
  pause.end(late[1], 'exhausted', 500);
  expect(pause.status(500, true)).toEqual({ isPaused: true, pausedUntil: 1_000 });
});

test('what is destroyed meanwhile lets as many through at once, and the pause goes on', () => {
  const pause = aPause();
  pause.noteRoom();
  pause.noteRoom();
  expect(pause.waitMs(10)).toBe(0);
  make(pause, 10);
  expect(pause.waitMs(20)).toBe(0);
  make(pause, 20);
  expect(pause.waitMs(30)).toBe(970);
});

test('room that was taken by somebody else costs one refusal, however much was destroyed', () => {
  const pause = aPause();
  for (let n = 0; n < 100; n += 1) pause.noteRoom();
  refuse(pause, 10);
  expect(pause.waitMs(10), 'a longer pause').toBe(2_000);
  pause.noteRoom();
  expect(pause.waitMs(10), 'and the first one before the next credit counts').toBe(1_000);
});

test('where no creation waits, and none is being tried, none is held back', () => {
  const pause = aPause();
  expect(pause.status(400, false)).toEqual({ isPaused: false, pausedUntil: null });
  const permit = pause.begin(1_000);
  expect(pause.status(1_000, false)).toEqual({ isPaused: true, pausedUntil: null });
  pause.end(permit, 'unknown', 1_000);
  expect(pause.status(1_000, false)).toEqual({ isPaused: false, pausedUntil: null });
  expect(pause.status(1_000, true)).toEqual({ isPaused: true, pausedUntil: null });
});

test('room before there was a pause is no credit', () => {
  const pause = new FillingPause(LIMITS, noJitter);
  pause.noteRoom();
  refuse(pause, 0);
  expect(pause.waitMs(0)).toBe(1_000);
});

test('jitter only lengthens the pause, by at most a tenth', () => {
  const pause = new FillingPause(LIMITS, () => 0.5);
  refuse(pause, 0);
  expect(pause.waitMs(0)).toBe(1_050);
});

test('a new length holds from the next pause on', () => {
  const pause = aPause();
  pause.setLimits({ minMs: 10, maxMs: 20 });
  expect(pause.waitMs(0)).toBe(1_000);
  refuse(pause, 1_000);
  expect(pause.waitMs(1_000)).toBe(20);
});
