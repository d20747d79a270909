import { InvariantViolation } from '../invariant.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';

export type TakeByStage = {
  readonly type: 'takeByStage';
  readonly pool: string;
  readonly stage: string;
  /** Where the member stands while its holder has it. */
  readonly dest: string;
  readonly holder: string;
  /** Under what the request waits its turn; null: it does not wait. */
  readonly request: string | null;
  /** How long the request keeps its place without being asked again, in milliseconds. */
  readonly askWithinMs: number;
};

/** `empty`: the pool has no member at all. `waitedMs`: since the request came first; null where it did not wait. */
export type TakenByStage =
  | {
      readonly result: 'taken';
      readonly resource: Resource;
      readonly lease: string;
      readonly waitedMs: number | null;
    }
  | { readonly result: 'none' | 'empty'; readonly position: number | null };

/** Takes the member whose turn it is: to be built. */
export function takeByStage(_tx: Transaction, _input: TakeByStage): TakenByStage {
  throw new InvariantViolation('to be built');
}
