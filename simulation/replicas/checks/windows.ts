/**
 * Which requests may go without a proper answer while a fault lasts, of those that did not go to a replica that it struck:
 * - `none`: no request.
 * - `unrepeatable`: those that cannot be sent again, since they may have been done: neither a read nor under a key.
 * - `unavailable`: any request, if it is told so by a 503.
 */
export type Excused = 'none' | 'unrepeatable' | 'unavailable';

/** A time in which something was broken or moved, in the order of the exchanges. `at` is milliseconds UTC. */
export type FaultWindow = {
  readonly round: number;
  readonly fault: string;
  readonly at: number;
  readonly from: number;
  until: number;
  readonly excused: Excused;
  /** URLs of the replicas that it struck: a request to these may come to anything, or only be refused where it was planned. */
  readonly struck: string[];
  readonly isPlanned: boolean;
};

/** How long nobody was granted anything after a fault, in milliseconds. */
export type Outage = {
  readonly fault: string;
  readonly kind: 'taken-over' | 'handed-over' | 'other';
  readonly round: number;
  readonly ms: number;
};
