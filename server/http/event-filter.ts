import type { EventType, Token, WorldEvent } from '@poolkeeper/core';
import type { Keeper } from '../keeper/contract.ts';
import { isOverseer, mayUsePool } from './access.ts';
import type { EventsQuery } from './schemas/event.ts';

/** What of the events a reader gets: the part that the store narrows by, and a check of each event. */
export type EventFilter = {
  readonly query: Omit<Parameters<Keeper['listEvents']>[0], 'after' | 'limit'>;
  readonly fits: (event: WorldEvent) => boolean;
};

/**
 * What a token asks to hear, narrowed to what it may hear: a holder hears of its own leases, everybody else of the pools in
 * the grant, and of tokens and secrets an admin alone.
 */
export function eventFilterOf(token: Token, asked: EventsQuery): EventFilter {
  const { pool, resource, lease, type } = asked;
  const holder = isOverseer(token) ? asked.holder : token.name;
  // A holder that asks for another's events gets none: that holder's leases do not exist for it.
  const isElsewhere = asked.holder !== undefined && asked.holder !== holder;
  const types: ReadonlySet<EventType> | null = type === undefined ? null : new Set(type);
  const query = {
    ...(pool === undefined ? {} : { pool }),
    ...(resource === undefined ? {} : { resource }),
    ...(lease === undefined ? {} : { lease }),
    ...(holder === undefined ? {} : { holder }),
  };
  const fits = (event: WorldEvent): boolean =>
    !isElsewhere &&
    (pool === undefined || event.pool === pool) &&
    (resource === undefined || event.resource === resource) &&
    (lease === undefined || event.lease === lease) &&
    (holder === undefined || event.holder === holder) &&
    (types === null || types.has(event.type)) &&
    mayHear(token, event);
  return { query, fits };
}

/** What speaks of things that only admins see. */
const ADMINS_EVENTS: ReadonlySet<EventType> = new Set([
  'token.created',
  'token.revoked',
  'secret.changed',
  'secret.removed',
]);

function mayHear(token: Token, event: WorldEvent): boolean {
  if (ADMINS_EVENTS.has(event.type)) return token.role === 'admin';
  if (token.pools === null || event.holder === token.name) return true;
  return event.pool !== null && mayUsePool(token, event.pool);
}
