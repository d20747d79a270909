import { hostname } from 'node:os';
import type { MachineDetails, Observation } from '@poolkeeper/core';
import type { Timers } from '../../timers.ts';
import { isUp } from './managed-process.ts';
import type { ManagedProcess } from './managed-process.ts';
import type { ProcessTable } from './process-table.ts';
import { HOST } from './process-context.ts';
import { isReady } from './readiness.ts';
import type { ReadyCheck } from './template.ts';

/** So many looks in a row without an answer make a process unhealthy: a busy machine alone must not. */
export const FAILURES_MAX = 3;

/** So many pids stand in the name of a stray. */
const STRAY_PIDS_MAX = 8;

/** What is to be said about a resource without asking its process anything. */
export function observeRecord(managed: ManagedProcess, table: ProcessTable): Observation {
  const { record, leader, id } = managed;
  const externalId = leader === undefined ? id : `${leader.pid}@${leader.startTime}`;
  const details = detailsOf(leader === undefined ? null : (record?.startedAt ?? null));
  const nowhere = { resource: id, externalId, addresses: [], endpoints: {}, details };
  if (leader === undefined || record === undefined) {
    // On record, and not started yet or again.
    return { ...nowhere, machine: 'PENDING', liveness: 'BOOTING' };
  }
  if (!isUp(managed, table)) return { ...nowhere, machine: 'TERMINATED', liveness: 'UNKNOWN' };
  const place = {
    ...nowhere,
    addresses: [HOST],
    endpoints: endpointsOf(record.ready, leader.port),
    details: { ...details, privateAddresses: [HOST] },
  };
  if (record.stopAskedAt !== null) return { ...place, machine: 'TERMINATING', liveness: 'UNKNOWN' };
  if (record.readyAt === null) return { ...place, machine: 'RUNNING', liveness: 'BOOTING' };
  return { ...place, machine: 'RUNNING', liveness: record.ready === null ? 'UNKNOWN' : 'LIVE' };
}

/** The same, with a look at whether a process that served before still does. */
export async function observeProcess(
  managed: ManagedProcess,
  options: { readonly table: ProcessTable; readonly timers: Timers; readonly signal: AbortSignal },
): Promise<Observation> {
  const before = observeRecord(managed, options.table);
  const { record, leader } = managed;
  const check = record?.ready ?? null;
  if (before.liveness !== 'LIVE' || check === null || leader === undefined) return before;
  const answers = await isReady(check, { host: HOST, port: leader.port }, options);
  options.signal.throwIfAborted();
  managed.failures = answers ? 0 : managed.failures + 1;
  const after = observeRecord(managed, options.table);
  const isSick = after.liveness === 'LIVE' && managed.failures >= FAILURES_MAX;
  return isSick ? { ...after, liveness: 'UNHEALTHY' } : after;
}

/** Processes with our tag whose resource is not on record: seen by name alone, so that they can be destroyed. */
export function observeStray(id: string, pids: readonly number[]): Observation {
  return {
    resource: id,
    externalId: pids.slice(0, STRAY_PIDS_MAX).join(','),
    machine: 'RUNNING',
    liveness: 'UNKNOWN',
    addresses: [],
    endpoints: {},
  };
}

/** This machine as a cloud, for who looks at many of them. */
function detailsOf(launchedAt: number | null): MachineDetails {
  return {
    launchedAt,
    requestedAt: null,
    publicAddresses: [],
    privateAddresses: [],
    cloud: 'Process',
    region: hostname(),
    size: 'process',
  };
}

function endpointsOf(ready: ReadyCheck | null, port: number): Record<string, string> {
  return ready?.kind === 'tcp' ? { tcp: `tcp://${HOST}:${port}` } : { http: `http://${HOST}:${port}` };
}
