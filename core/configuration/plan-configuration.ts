import type { Transaction } from '../world/transaction.ts';
import { withoutTrace } from '../world/without-trace.ts';
import { carryOut } from './configure.ts';
import type { Configuration } from './configuration.ts';
import type { Plan } from './plan.ts';

export type PlanConfiguration = Configuration & { readonly type: 'planConfiguration' };

/**
 * Says what a configuration would change, by carrying it out and taking all of it back.
 *
 * Shape: the world is as before. What is said is what `configure` does as long as nothing else is decided between.
 * Errors: those of `configure`.
 */
export function planConfiguration(tx: Transaction, input: PlanConfiguration): Plan {
  return withoutTrace(tx, () => carryOut(tx, input));
}
