import { Refusal } from '@poolkeeper/core';
import type { ErrorCode } from '@poolkeeper/core';

/** A "no" to a client, as it is answered: a status, and a message in `{"error": …}`. */
export class AcctpoolError extends Error {
  override readonly name = 'AcctpoolError';
  readonly status: 400 | 401 | 404 | 413 | 429 | 500 | 503;

  constructor(status: AcctpoolError['status'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.status = status;
  }
}

/** Who shows no token, an unknown one, or one of another consumer gets the same answer. */
export const notAuthorized = (): AcctpoolError => new AcctpoolError(401, 'Token not authorized.');
export const notFound = (): AcctpoolError => new AcctpoolError(404, 'Reservation not found.');

/** The only mapping of refusals of the core. Whatever is not here is a defect of ours. */
const STATUSES: Partial<Record<ErrorCode, AcctpoolError['status']>> = {
  over_quota: 429,
  queue_full: 429,
  duration_too_long: 400,
  invalid_input: 400,
  pool_not_found: 503,
  pool_being_removed: 503,
  store_unavailable: 503,
  stopping: 503,
  credentials_locked: 503,
};

/** What clients are told, in the words of the protocol: nobody of them knows of pools and leases. */
const WORDS: Partial<Record<ErrorCode, string>> = {
  over_quota: 'Too many reservations: cancel one, or wait until one has expired.',
  queue_full: 'Too many reservations wait for accounts of this type. Try again later.',
  duration_too_long: 'The duration is longer than is allowed.',
  pool_not_found: 'Accounts of this type are not ready yet. Try again later.',
  pool_being_removed: 'Accounts of this type are being taken out of service. Try again later.',
  store_unavailable: 'The service cannot remember anything at the moment. Try again later.',
  stopping: 'The service is stopping. Try again later.',
  credentials_locked: 'The service cannot open the credentials. Tell whoever looks after it.',
};

/** A refusal of the core as an error of the protocol; anything else stays what it is. */
export function errorOf(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error;
  const status = STATUSES[error.code];
  if (status === undefined) return error;
  return new AcctpoolError(status, WORDS[error.code] ?? error.message, { cause: error });
}
