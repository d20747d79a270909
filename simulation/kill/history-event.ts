import type { Api } from './api.ts';
import type { HeldResource } from './journal.ts';

/** An event as the API tells it. `at`, and instants in `data`, are RFC 3339. */
export type HistoryEvent = {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly pool: string | null;
  readonly resource: string | null;
  readonly lease: string | null;
  readonly holder: string | null;
  readonly data: {
    readonly resources?: readonly HeldResource[];
    readonly reason?: string;
    readonly expiresAt?: string;
  };
};

/** The whole history, from the first event on. */
export function readHistory(api: Api): Promise<HistoryEvent[]> {
  return api.list('/v1/events?after=0');
}
