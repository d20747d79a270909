import { InvariantViolation } from '../invariant.ts';
import type { Resource } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';

export type TakeNamed = {
  readonly type: 'takeNamed';
  readonly names: readonly string[];
  readonly stage: string;
  readonly dest: string;
  readonly holder: string;
  /** All or nothing? Else what can be had is taken also when others cannot. */
  readonly isAtomic: boolean;
};

export type TakenNamed = { readonly taken: readonly Resource[]; readonly missing: readonly string[] };

/** Takes members by name, over all pools that are handed over by stage: to be built. */
export function takeNamed(_tx: Transaction, _input: TakeNamed): TakenNamed {
  throw new InvariantViolation('to be built');
}
