import { refuseInput, Refusal } from '@poolkeeper/core';
import type { RequestedItem, RequestLease, Token } from '@poolkeeper/core';
import { isTrusted } from '../access.ts';
import { requireDurationMs } from '../../schemas/durations.ts';
import type { LeaseInput } from '../schemas/lease.ts';

const SHORTHAND = ['count', 'minimum', 'match', 'filter'] as const;

/**
 * What a lease request asks the keeper for.
 *
 * Errors: `invalid_input` where items and the shorthand are mixed or both missing; `forbidden` for a holder's name or a
 * transition from a token that is not trusted with one.
 */
export function leaseCommand(
  body: LeaseInput,
  token: Token,
  idempotency: RequestLease['idempotency'] | undefined,
): RequestLease {
  const { duration, heartbeat, priority, labels, note, on } = body;
  if (on !== undefined) requireTrust(token);
  return {
    type: 'requestLease',
    holder: holderOf(body, token),
    items: itemsOf(body),
    grant: { pools: token.pools, quota: token.quota },
    ...(duration === undefined ? undefined : { durationMs: requireDurationMs(duration, '/duration') }),
    ...(heartbeat === undefined ? undefined : { heartbeatMs: requireDurationMs(heartbeat, '/heartbeat') }),
    ...(priority === undefined ? undefined : { priority }),
    ...(labels === undefined ? undefined : { labels }),
    ...(note === undefined ? undefined : { note }),
    ...(on === undefined ? undefined : { on }),
    ...(idempotency === undefined ? undefined : { idempotency }),
  };
}

function holderOf(body: LeaseInput, token: Token): string {
  if (body.holder === undefined || body.holder === token.name) return token.name;
  if (isTrusted(token)) return body.holder;
  const message = `This token asks for itself ("${token.name}") alone; leave holder out, or use an operator's token.`;
  throw new Refusal('forbidden', message, { faults: [{ pointer: '/holder', message }] });
}

/** Workflows run with the rights of the server, and parameters steer them. */
function requireTrust(token: Token): void {
  if (isTrusted(token)) return;
  const message =
    'Only an operator or administrator says what is done to resources beside what their pool says; leave on out, or use such a token.';
  throw new Refusal('forbidden', message, { faults: [{ pointer: '/on', message }] });
}

function itemsOf(body: LeaseInput): readonly RequestedItem[] {
  if (body.items !== undefined) {
    const mixed = (['pool', ...SHORTHAND] as const).find((member) => body[member] !== undefined);
    if (mixed === undefined) return body.items.map(itemOf);
    throw refuseInput(`/${mixed}`, `${mixed} stands beside items; put it into an item, or leave items out`);
  }
  const { pool } = body;
  if (pool === undefined) throw refuseInput('/items', 'items is missing; give items, or pool for one item');
  return [itemOf({ ...body, pool })];
}

type Item = { pool: string } & Pick<LeaseInput, (typeof SHORTHAND)[number]>;

function itemOf({ pool, count = 1, minimum, match, filter }: Item): RequestedItem {
  return {
    pool,
    count,
    ...(minimum === undefined ? undefined : { minimum }),
    ...(match === undefined ? undefined : { match }),
    ...(filter === undefined ? undefined : { filter }),
  };
}

/** A refusal of the one item of the shorthand points at the members that were sent. */
export function pointAtShorthand(error: unknown): unknown {
  if (!(error instanceof Refusal) || error.faults.length === 0) return error;
  const faults = error.faults.map(({ pointer, message }) => ({
    pointer: pointer.replace(/^\/items\/0(?=\/)/, ''),
    message,
  }));
  return new Refusal(error.code, error.message, { faults, cause: error });
}
