import { AcctpoolError } from '../errors.ts';
import type { Answer, Asked } from '../asked.ts';
import { DEFAULT_TYPE } from '../configuration/read-types.ts';
import { poolOf } from '../parts.ts';
import type { AcctpoolParts } from '../parts.ts';
import type { Consumer } from '../token-book.ts';

const MINUTE_MS = 60_000;
const SHOWN_LENGTH_MAX = 60;

/**
 * `POST /reservations`: asks for an account, and sends the client to where its reservation is.
 *
 * Errors: 400 for what was asked, 429 for one reservation too many; then nothing is created.
 */
export async function createReservation(parts: AcctpoolParts, asked: Asked): Promise<Answer> {
  const { consumer, query } = asked;
  const type = requireType(parts, consumer, query.get('type'));
  const durationMs = requireDuration(query.get('duration'), {
    most: Math.min(type.durationMsMax, consumer.durationMsMax ?? Infinity),
    usual: type.durationMsDefault,
  });
  const { id } = await parts.keeper.ask({
    type: 'requestLease',
    holder: consumer.holder,
    items: [{ pool: poolOf(type.name), count: 1 }],
    durationMs,
    grant: {
      pools: null,
      quota: consumer.reservationsMax === null ? {} : { leases: consumer.reservationsMax },
    },
  });
  const path = `/reservations/${parts.keys.idOf(id)}`;
  // What a client keeps out of addresses is not put there by us.
  const location = asked.isByHeader ? path : `${path}?token=${encodeURIComponent(asked.token)}`;
  return { status: 302, headers: { location } };
}

/** An empty text counts as none, as it does for clients that always write the member. */
function requireType(
  { types }: AcctpoolParts,
  { types: own }: Consumer,
  said: string | null,
): AcctpoolParts['types'][number] {
  const name = said === null || said === '' ? DEFAULT_TYPE : said;
  const type = types.find((one) => one.name === name);
  const all = own ?? types.map((one) => one.name);
  if (type === undefined || !all.includes(name))
    throw new AcctpoolError(400, `The type ${quoted(name)} is not one of: ${all.join(', ')}.`);
  return type;
}

function requireDuration(said: string | null, { most, usual }: { most: number; usual: number }): number {
  if (said === null || said === '') return Math.min(usual, most);
  const minutes = /^\d{1,9}$/.test(said) ? Number(said) : 0;
  if (minutes >= 1 && minutes * MINUTE_MS <= most) return minutes * MINUTE_MS;
  throw new AcctpoolError(
    400,
    `The duration has to be a whole number of minutes from 1 to ${most / MINUTE_MS}, not ${quoted(said)}.`,
  );
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, SHOWN_LENGTH_MAX));
}
