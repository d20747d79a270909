import type { JsonObject } from '@poolkeeper/core';
import type { AcctpoolParts } from './parts.ts';
import { NO_EXPIRATION } from './reservation.ts';
import type { HeldAccount, Reservation } from './reservation.ts';

const MINUTE_MS = 60_000;
/** The user name that IBM's command line takes for a login by key. */
const KEY_USER = 'apikey';

/** A reservation as clients are shown it; the first four members are the original's, in its order. `token`: what the caller is called. */
export function viewReservation(parts: AcctpoolParts, reservation: Reservation, token: string): JsonObject {
  const { status, type, durationMs, createdAt, lease } = reservation;
  return {
    id: parts.keys.idOf(lease),
    expiration: status === 'pending' ? NO_EXPIRATION : instantText(reservation.expiresAt),
    token: { id: token },
    credentials: status === 'active' ? viewCredentials(reservation.account) : null,
    status,
    type,
    duration: durationMs / MINUTE_MS,
    created: instantText(createdAt),
    ...(status === 'pending' ? { position: reservation.position } : {}),
    ...(status === 'pending' && reservation.isBeingPrepared ? { waiting_for: 'approval' } : {}),
  };
}

function viewCredentials(account: HeldAccount | undefined): JsonObject | null {
  if (account === undefined) return null;
  const { apikey, username, password, ...more } = account.values;
  if (apikey === undefined) return { username: username ?? '', password: password ?? '', ...more };
  const { account_id: accountId, regions } = account.params;
  const [region] = Array.isArray(regions) ? regions : [];
  return {
    username: KEY_USER,
    password: apikey,
    ...more,
    apikey,
    ...(typeof accountId === 'string' ? { account_id: accountId } : {}),
    ...(typeof region === 'string' ? { region } : {}),
  };
}

/** As Go writes an instant: a part of a second only where there is one. Not rounded: what it names is the end of what is shown. */
export function instantText(at: number): string {
  return new Date(at).toISOString().replace(/\.?0*Z$/, 'Z');
}
