import { Refusal } from '@poolkeeper/core';
import type { Answer, Asked } from '../asked.ts';
import type { AcctpoolParts } from '../parts.ts';
import { requireOwnReservation } from './own-reservation.ts';

/**
 * `DELETE /reservations/{id}`: a pending one leaves the queue, an active one loses its account at once. One that expired is over
 * already.
 */
export async function cancelReservation(parts: AcctpoolParts, asked: Asked): Promise<Answer> {
  const { lease, status } = await requireOwnReservation(parts, asked);
  if (status === 'expired') return { status: 204 };
  try {
    await parts.keeper.ask({ type: 'endLease', lease, asHolder: asked.consumer.holder });
  } catch (error) {
    // It ended while it was looked at, which is what was asked for.
    if (!(error instanceof Refusal) || error.code !== 'lease_not_found') throw error;
  }
  return { status: 204 };
}
