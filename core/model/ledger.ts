/**
 * Where a thing stands that was ever asked of a provider. `intended`: asked for, and nobody has seen it. `made`: it exists.
 * `leaving`: its end is asked for. `leaked`: it exists, bears our tag, and belongs to nobody. `gone`: proven so.
 */
export const LEDGER_STATES = ['intended', 'made', 'leaving', 'leaked', 'gone'] as const;
export type LedgerState = (typeof LEDGER_STATES)[number];
