import { setTimeout as sleep } from 'node:timers/promises';
import { verifyExport } from '@poolkeeper/turnover-record';
import type { TurnoverExport } from '@poolkeeper/turnover-record';
import type { Api } from './api.ts';
import type { Rest, RestingResource } from './checks/check-rest.ts';
import type { VerifiedChain } from './checks/check-turnovers.ts';
import { whoAnswers } from './client.ts';
import { BOARDS, POOL, PROCESS_POOLS, PROCESSES, TUBS } from './configuration.ts';
import { findTagged } from './tagged-processes.ts';

const REST_WITHIN_MS = 30_000;
const GONE_WITHIN_MS = 30_000;
const POLL_MS = 50;
const PROCESSES_IN_ALL = PROCESS_POOLS.length * PROCESSES;
const RESOURCES = BOARDS + TUBS + PROCESSES_IN_ALL;

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
      processes.length === PROCESSES_IN_ALL;
    if (isAtRest || Date.now() > until) {
      const endpoints = resources.flatMap((resource) => resource.endpoints['http'] ?? []);
      const answers = new Map<string, string | null>();
      for (const endpoint of endpoints) answers.set(endpoint, (await whoAnswers(endpoint)).answeredBy);
      return { leases: leases.map(({ id }) => id), resources, processes, answers };
    }
    await sleep(POLL_MS);
  }
}

/** Verifies the records of every tub that was lent, as anybody can: with what is exported and published. */
export async function verifyRecords(api: Api): Promise<VerifiedChain[]> {
  const keys = await api.call<object>({ method: 'GET', path: '/.well-known/poolkeeper-keys.json' });
  const tubs = await api.list<RestingResource>(`/v1/resources?pool=${POOL.tubs}`);
  const chains: VerifiedChain[] = [];
  for (const { id, epoch } of tubs) {
    if (epoch === 0) continue;
    const file = await api.call<TurnoverExport>({
      method: 'GET',
      path: `/v1/resources/${id}/turnovers/export`,
    });
    const verification = await verifyExport(JSON.stringify(file), JSON.stringify(keys));
    const { verdict } = verification;
    chains.push({
      resource: id,
      verdict,
      records: file.chains[0]?.records.length ?? 0,
      faults:
        verdict === 'unreadable'
          ? [verification.message]
          : verification.findings.map(({ message }) => message),
    });
  }
  return chains;
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
