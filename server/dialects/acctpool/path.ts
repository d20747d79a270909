import { cleanPath } from '../clean-path.ts';

/** What a request is for. `methods`: those that its path takes; `isTokenNeeded`: whoever shows none gets no further. */
export type Place = {
  readonly kind: 'statistics' | 'reservations' | 'reservation';
  readonly methods: readonly string[];
  readonly isTokenNeeded: boolean;
  /** Of the reservation; empty where none is named. */
  readonly id: string;
};

const RESERVATION = /^\/reservations\/([0-9A-Za-z_-]+)$/;

/** What serves a path; undefined where nothing does. */
export function findPlace(path: string): Place | undefined {
  if (path === '/') return { kind: 'statistics', methods: ['GET'], isTokenNeeded: false, id: '' };
  if (path === '/reservations')
    return { kind: 'reservations', methods: ['POST'], isTokenNeeded: true, id: '' };
  const [, id] = RESERVATION.exec(path) ?? [];
  if (id === undefined) return undefined;
  return { kind: 'reservation', methods: ['GET', 'DELETE'], isTokenNeeded: true, id };
}

/** Where a client is sent for a path that is written otherwise: without doubled slashes, dots, and a slash at its end. */
export function betterPath(path: string): string | undefined {
  const clean = cleanPath(path);
  if (clean !== path) return clean;
  if (path === '/' || !path.endsWith('/')) return undefined;
  const bare = path.slice(0, -1);
  return findPlace(bare) === undefined ? undefined : bare;
}
