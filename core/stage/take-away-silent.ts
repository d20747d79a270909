import { InvariantViolation } from '../invariant.ts';
import type { Transaction } from '../world/transaction.ts';

export type TakeAwaySilent = {
  readonly type: 'takeAwaySilent';
  readonly pool: string;
  readonly stage: string;
  readonly dest: string;
  /** Of members whose holder said nothing for so long; zero or less: of all that are held. */
  readonly silentMs: number;
};

/** Takes members away from holders that are silent; answers who had what, by name: to be built. */
export function takeAwaySilent(_tx: Transaction, _input: TakeAwaySilent): Readonly<Record<string, string>> {
  throw new InvariantViolation('to be built');
}
