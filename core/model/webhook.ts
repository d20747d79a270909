import { EVENT_TYPES } from './event.ts';
import type { EventType, WorldEvent } from './event.ts';

export const WEBHOOK_KINDS = ['http', 'mail'] as const;
export type WebhookKind = (typeof WEBHOOK_KINDS)[number];

/** Who wants to hear of what, and where. */
export type WebhookSpec = {
  readonly name: string;
  readonly kind: WebhookKind;
  /** Of kind `http` one URL; of kind `mail` addresses. */
  readonly to: readonly string[];
  /** Types of events, whole (`lease.granted`), by their beginning (`lease.*`), or all (`*`). */
  readonly types: readonly string[];
  /** Events of these pools alone; null: of all, and of none. */
  readonly pools: readonly string[] | null;
  /** Nothing is sent; its place in the events stays. */
  readonly isDisabled: boolean;
};

/** Why a receiver has not got what it should, since when, and when it is tried again. Instants are milliseconds UTC. */
export type DeliveryTrouble = {
  /** Attempts that failed in a row. */
  readonly attempts: number;
  readonly since: number;
  readonly notBefore: number;
  readonly error: string;
  /** It was given up: nothing is sent until a person says so. */
  readonly isStopped: boolean;
};

/**
 * A subscriber to the events. The event history is its queue: all it needs is a place in it, so that nothing is written for an
 * event that waits.
 */
export type Webhook = WebhookSpec & {
  /** The signing secret, sealed; null for what is not signed, which is mail. */
  readonly sealedSecret: string | null;
  /** The number of the last event that it has, or did not want. */
  readonly sentThrough: number;
  readonly trouble: DeliveryTrouble | null;
  readonly version: number;
  readonly createdAt: number;
};

/** The types that a pattern means; none where it means nothing. */
export function typesOfPattern(pattern: string): readonly EventType[] {
  if (pattern === '*') return EVENT_TYPES;
  if (!pattern.endsWith('.*')) return EVENT_TYPES.filter((type) => type === pattern);
  return EVENT_TYPES.filter((type) => type.startsWith(pattern.slice(0, -1)));
}

/** Makes the check of whether a subscriber wants an event. */
export function wantsEvent({
  types,
  pools,
}: Pick<WebhookSpec, 'types' | 'pools'>): (event: WorldEvent) => boolean {
  const wanted = new Set(types.flatMap(typesOfPattern));
  return (event) => wanted.has(event.type) && (pools === null || isOfPools(event, pools));
}

/** A lease of several members belongs to the pools of all of them; its event names them in its data. */
function isOfPools(event: WorldEvent, pools: readonly string[]): boolean {
  if (event.pool !== null) return pools.includes(event.pool);
  const named = event.data['pools'] ?? event.data['resources'];
  if (!Array.isArray(named)) return false;
  return named.some((entry: unknown) => {
    const pool = typeof entry === 'string' ? entry : (entry as { pool?: unknown } | null)?.pool;
    return typeof pool === 'string' && pools.includes(pool);
  });
}
