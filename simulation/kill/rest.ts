import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from './api.ts';
import type { Rest, RestingResource } from './checks/check-rest.ts';
import { whoAnswers } from './client.ts';
import { BOARDS, PROCESS_POOLS, PROCESSES } from './configuration.ts';
import { findTagged } from './tagged-processes.ts';

const REST_WITHIN_MS = 30_000;
const GONE_WITHIN_MS = 30_000;
const POLL_MS = 50;
const RESOURCES = BOARDS + PROCESS_POOLS.length * PROCESSES;

/** Waits, within bounds, until no lease lives and every pool is at its size; then looks. What is not so is for the checks to say. */
export async function lookAtRest(api: Api, data: string): Promise<Rest> {
  const until = Date.now() + REST_WITHIN_MS;
  for (;;) {
    const leases = await api.list<{ id: string }>('/v1/leases');
    const resources = await api.list<RestingResource>('/v1/resources');
    const processes = findTagged(data);
    const isAtRest =
      leases.length === 0 &&
      resources.length === RESOURCES &&
      resources.every(({ status }) => status === 'free') &&
      processes.length === RESOURCES - BOARDS;
    if (isAtRest || Date.now() > until) {
      const endpoints = resources.flatMap((resource) => resource.endpoints['http'] ?? []);
      const answers = new Map<string, string | null>();
      for (const endpoint of endpoints) answers.set(endpoint, (await whoAnswers(endpoint)).answeredBy);
      return { leases: leases.map(({ id }) => id), resources, processes, answers };
    }
    await sleep(POLL_MS);
  }
}

/** Removes the pools of processes and waits until they are gone. Answers those that do not go. */
export async function removePools(api: Api): Promise<string[]> {
  for (const pool of PROCESS_POOLS) await api.call({ method: 'DELETE', path: `/v1/pools/${pool}` });
  const until = Date.now() + GONE_WITHIN_MS;
  for (;;) {
    const pools = await api.list<{ name: string }>('/v1/pools');
    const left = pools.map(({ name }) => name).filter((name) => PROCESS_POOLS.includes(name));
    if (left.length === 0 || Date.now() > until) return left;
    await sleep(POLL_MS);
  }
}
