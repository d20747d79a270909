import type { EventType, Json, JsonObject, WorldEvent } from '@poolkeeper/core';
import type { Severity } from '../configuration/severity.ts';
import { isObject } from '../configuration/reading.ts';
import type { Alert } from './alert.ts';

/** Events that become alerts, or say how what an update asked for went. */
export const ALERTING_EVENTS: ReadonlySet<EventType> = new Set([
  'upkeep.round_ended',
  'upkeep.look_failed',
  'resource.attached',
  'resource.detached',
  'resource.marked',
  'resource.observed',
  'resource.gone',
  'job.answered',
  'job.failed',
]);

/** An event with what clients call its pool and its machine; null where it is about no machine. */
export type PoolEvent = {
  readonly event: Pick<WorldEvent, 'type' | 'at' | 'data'>;
  readonly pool: string;
  readonly machine: string | null;
};

/**
 * What an event tells those who are alerted. How the terminations of an update went is told by `Terminations`.
 *
 * Source: topics, severities and words are those that clients of cloud pools filter and search for.
 */
export function alertsOfEvent({ event, pool, machine }: PoolEvent): readonly Alert[] {
  const { type, at, data } = event;
  switch (type) {
    case 'upkeep.look_failed':
      return [fetchFailed(at, textOf(data['error']))];
    case 'upkeep.round_ended':
      return alertsOfRound(at, pool, data);
    case 'resource.marked':
      return machine === null ? [] : alertsOfMarks(at, machine, data);
    case 'resource.attached':
      return machine === null ? [] : [moved(at, `Attached machine ${machine} to pool.`, 'attached', machine)];
    case 'resource.detached':
      return machine === null
        ? []
        : [moved(at, `Detached machine ${machine} from pool.`, 'detached', machine)];
    case 'job.answered':
      if (machine === null || data['kind'] !== 'destroy' || data['result'] !== 'done') return [];
      return [terminated(at, `Terminated machine ${machine}.`, [machine])];
    default:
      return [];
  }
}

/** Machines were asked to end. */
export function terminated(at: number, message: string, machines: readonly string[]): Alert {
  return resize('INFO', at, { message, metadata: { terminatedMachines: machines }, showsMembers: true });
}

/** An alert about the size of the pool. */
export function resize(
  severity: Severity,
  at: number,
  { message, metadata = {}, showsMembers = false }: Partial<Alert> & Pick<Alert, 'message'>,
): Alert {
  return { topic: 'RESIZE', severity, at, message, metadata, showsMembers };
}

function alertsOfRound(at: number, pool: string, data: JsonObject): Alert[] {
  const alerts: Alert[] = [];
  const machines = textsOf(data['requested']);
  const count = typeof data['requestedCount'] === 'number' ? data['requestedCount'] : machines.length;
  if (count > 0) {
    const message = `${count} machine(s) were requested from cloud pool`;
    const metadata = { requestedMachines: machines };
    alerts.push(resize('INFO', at, { message, metadata, showsMembers: true }));
  }
  const error = textOf(data['error']);
  if (error !== null)
    alerts.push(resize('WARN', at, { message: `failed to resize machine pool ${pool}: ${error}` }));
  return alerts;
}

function alertsOfMarks(at: number, machine: string, data: JsonObject): Alert[] {
  const { serviceState, membership } = data;
  const alerts: Alert[] = [];
  const quiet = { severity: 'DEBUG', at, metadata: {}, showsMembers: false } as const;
  if (typeof serviceState === 'string') {
    const message = `Service state set to ${serviceState} for machine ${machine}.`;
    alerts.push({ topic: 'SERVICE_STATE', message, ...quiet });
  }
  if (isObject(membership)) {
    const { active = true, evictable = true } = membership;
    const message = `Membership status set to ${JSON.stringify({ active, evictable })} for machine ${machine}.`;
    alerts.push({ topic: 'MEMBERSHIP_STATUS', message, ...quiet });
  }
  return alerts;
}

function fetchFailed(at: number, error: string | null): Alert {
  const message = 'machine pool refresh failed';
  const details = error === null ? message : `${message}: ${error}`;
  return { topic: 'POOL_FETCH', severity: 'WARN', at, message, details, metadata: {}, showsMembers: false };
}

function moved(at: number, message: string, how: 'attached' | 'detached', machine: string): Alert {
  return resize('INFO', at, { message, metadata: { [`${how}Machines`]: [machine] } });
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** The texts of a list in an event. */
export function textsOf(value: Json | undefined): readonly string[] {
  const entries = (Array.isArray(value) ? value : []) as readonly Json[];
  return entries.filter((entry) => typeof entry === 'string');
}
