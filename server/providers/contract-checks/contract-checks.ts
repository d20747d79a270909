import type { ContractCheck } from './check.ts';
import { CREATING } from './creating.ts';
import { DESTROYING } from './destroying.ts';
import { ENDING } from './ending.ts';
import { OBSERVING } from './observing.ts';
import { TEMPLATES } from './templates.ts';

/** Everything that a provider which makes things has to do, as `contract.ts` promises it. The first one needs least. */
export const CONTRACT_CHECKS: readonly ContractCheck[] = [
  ...OBSERVING,
  ...CREATING,
  ...DESTROYING,
  ...ENDING,
  ...TEMPLATES,
];
