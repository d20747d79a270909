import type { AccountCheck } from './check.ts';
import { CLEANING } from './cleaning.ts';
import { ROTATING } from './rotating.ts';
import { VERIFYING } from './verifying.ts';

/** Everything that a provider which looks after accounts has to do, as `contract.ts` promises it. The first one needs least. */
export const ACCOUNT_CHECKS: readonly AccountCheck[] = [...VERIFYING, ...CLEANING, ...ROTATING];
