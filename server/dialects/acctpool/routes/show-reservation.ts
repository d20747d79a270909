import type { Answer, Asked } from '../asked.ts';
import { viewReservation } from '../documents.ts';
import type { AcctpoolParts } from '../parts.ts';
import { requireOwnReservation } from './own-reservation.ts';

/** `GET /reservations/{id}`: how far a reservation has come. It may be asked as often as wanted, and changes nothing. */
export async function showReservation(parts: AcctpoolParts, asked: Asked): Promise<Answer> {
  const reservation = await requireOwnReservation(parts, asked);
  const shown = asked.isByHeader ? asked.consumer.holder : asked.token;
  return {
    status: 200,
    body: viewReservation(parts, reservation, shown),
    headers: { 'cache-control': 'no-store' },
  };
}
