import type { Lease } from '../api.gen.ts';
import type { ApiError, NoAnswerError } from '../errors.ts';

/** What a holder may want to know, and need not do anything about. */
export type LeaseNotice =
  /** A heartbeat failed; it is tried on until the server says that the lease is gone. */
  | { readonly kind: 'heartbeat_failed'; readonly lease: Lease; readonly error: ApiError | NoAnswerError }
  /** Heartbeats are answered again. */
  | { readonly kind: 'heartbeat_answered'; readonly lease: Lease }
  /** The pool does not let it last longer: it ends in so many milliseconds. */
  | { readonly kind: 'at_maximum'; readonly lease: Lease; readonly endsInMs: number }
  /** It could not be given back, and ends by itself when its heartbeat is missed or its time is over. */
  | { readonly kind: 'release_failed'; readonly lease: Lease; readonly error: Error };

export type OnNotice = (notice: LeaseNotice) => void;
