import type { RoundsSpec } from '@poolkeeper/core';
import { INTERVAL_MS_MAX, readDuration, readInterval } from './interval.ts';
import { addMissing, addProblem, isGiven, readObject, readWhole } from './reading.ts';
import type { Reading } from './reading.ts';

const DEFAULT_ROUNDS: RoundsSpec = {
  fetchMs: 30_000,
  retries: 3,
  backoffMs: 3_000,
  reachableMs: 300_000,
  updateMs: 60_000,
};
/** Further attempts at one fetch, and the longest of the waits between them, a day in milliseconds. */
const RETRIES_MAX = 20;
const LAST_WAIT_MS_MAX = 86_400_000;
/** The age of a list is compared in whole seconds: with less every list would be too old. Milliseconds. */
const REACHABLE_MS_MIN = 1_000;

/**
 * How soon a loop comes round again at the soonest, in milliseconds: each time is a call of the cloud and an event, and clients that tried
 * out a unit must not use up both.
 */
const LOOP_MS_MIN = 100;

/** How the pool is kept: `poolFetch` and `poolUpdate`, each complete or left out. Units: milliseconds. */
export function readRounds(root: Reading): RoundsSpec {
  return { ...DEFAULT_ROUNDS, ...readFetch(root), ...readUpdate(root) };
}

function readUpdate(root: Reading): Partial<RoundsSpec> {
  const update = readObject(root, 'poolUpdate');
  if (update === undefined) return {};
  if (!isGiven(update, 'updateInterval')) addProblem(update, 'updateInterval missing');
  const updateMs = readDuration(update, 'updateInterval');
  return updateMs === undefined ? {} : { updateMs: Math.max(LOOP_MS_MIN, updateMs) };
}

function readFetch(root: Reading): Partial<RoundsSpec> {
  const fetch = readObject(root, 'poolFetch');
  if (fetch === undefined) return {};
  for (const name of ['retries', 'refreshInterval', 'reachabilityTimeout'])
    if (!isGiven(fetch, name)) addMissing(fetch, name);
  const retries = readRetries(fetch);
  const fetchMs = readDuration(fetch, 'refreshInterval');
  const reachableMs = readInterval(fetch, 'reachabilityTimeout');
  if (fetchMs === undefined || reachableMs === undefined) return {};
  if (reachableMs <= fetchMs)
    addProblem(fetch, 'reachabilityTimeout cannot be shorter than refreshInterval, nor equal to it');
  else if (reachableMs < REACHABLE_MS_MIN)
    addProblem(fetch, 'reachabilityTimeout must be at least 1 second: ages are compared in whole seconds');
  return { ...retries, fetchMs: Math.max(LOOP_MS_MIN, fetchMs), reachableMs };
}

function readRetries(fetch: Reading): Partial<RoundsSpec> {
  const section = readObject(fetch, 'retries');
  if (section === undefined) return {};
  if (!isGiven(section, 'initialBackoffDelay')) addMissing(section, 'initialBackoffDelay');
  const retries = isGiven(section, 'maxRetries')
    ? readWhole(section, 'maxRetries', { from: 0, to: RETRIES_MAX })
    : 0;
  const backoffMs = readInterval(section, 'initialBackoffDelay');
  if (retries === undefined || backoffMs === undefined) return {};
  const lastWaitMs = retries === 0 ? Math.min(backoffMs, INTERVAL_MS_MAX) : backoffMs * 2 ** (retries - 1);
  if (retries > 0 && lastWaitMs > LAST_WAIT_MS_MAX)
    addProblem(
      section,
      'initialBackoffDelay doubles with each retry to more than 24 hours: lower it, or maxRetries',
    );
  return { retries, backoffMs };
}
