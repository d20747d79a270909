import { digestText } from '../digest.ts';
import { canonicalJson } from '../json.ts';
import type { Json } from '../json.ts';
import type { DecisionContext } from '../world/transaction.ts';

/** What decisions need for turnovers, where no key and no step kind is real: a digest in the place of hash and signature. */
export const PLAIN_SEAL: Pick<DecisionContext, 'sealRecord' | 'checkStep'> = {
  sealRecord: (record) => {
    const jws = canonicalJson(record as unknown as Json);
    return { hash: digestText(jws), jws };
  },
  checkStep: () => null,
};
