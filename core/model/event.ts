import type { JsonObject } from '../json.ts';

export const EVENT_TYPES = [
  'provider.created',
  'provider.changed',
  'provider.removing',
  'provider.removed',
  'pool.created',
  'pool.changed',
  'pool.removing',
  'pool.removed',
  'resource.requested',
  'resource.entered',
  'resource.freed',
  'resource.observed',
  'resource.probed',
  'resource.changed',
  'resource.moved',
  'resource.held',
  'resource.resumed',
  'resource.quarantined',
  'resource.exiting',
  'resource.gone',
  'resource.attached',
  'resource.detached',
  'resource.marked',
  'resource.staged',
  'lease.queued',
  'lease.granted',
  'lease.renewed',
  'lease.ended',
  'lease.active',
  'lease.expiring',
  'job.failed',
  'job.claimed',
  'job.released',
  'job.answered',
  'run.started',
  'run.step',
  'run.waiting',
  'run.ended',
  'turnover.recorded',
  'workflow.changed',
  'workflow.removed',
  'profile.changed',
  'profile.removed',
  'credential.changed',
  'credential.removed',
  'secret.changed',
  'secret.removed',
  'webhook.changed',
  'webhook.removed',
  'webhook.stopped',
  'webhook.resumed',
  'ledger.leaked',
  'ledger.gone',
  'upkeep.created',
  'upkeep.configured',
  'upkeep.started',
  'upkeep.stopped',
  'upkeep.look_failed',
  'upkeep.round_ended',
  'upkeep.removing',
  'upkeep.removed',
  'token.created',
  'token.revoked',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What happened, in the order of `seq`, which has no gaps. `at` is milliseconds UTC. */
export type WorldEvent = {
  readonly seq: number;
  readonly at: number;
  readonly type: EventType;
  readonly pool: string | null;
  readonly resource: string | null;
  readonly lease: string | null;
  readonly holder: string | null;
  readonly data: JsonObject;
};
