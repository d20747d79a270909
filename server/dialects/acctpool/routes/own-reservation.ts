import { notAuthorized, notFound } from '../errors.ts';
import type { Asked } from '../asked.ts';
import type { AcctpoolParts } from '../parts.ts';
import { findReservation } from '../reservation.ts';
import type { Reservation } from '../reservation.ts';

/**
 * The reservation that is asked for, if it is the caller's own.
 *
 * Errors: 404 where there is none; 401 for another consumer's, in the same words as for an unknown token.
 */
export async function requireOwnReservation(parts: AcctpoolParts, asked: Asked): Promise<Reservation> {
  const lease = parts.keys.leaseOf(asked.id);
  const reservation = lease === undefined ? undefined : await findReservation(parts, lease);
  if (reservation === undefined) throw notFound();
  if (reservation.holder !== asked.consumer.holder) throw notAuthorized();
  return reservation;
}
