import type { Marks } from '../model/resource.ts';
import type { Transaction } from '../world/transaction.ts';

/** What a client asks of one machine. `lowersSize`: the pool is to be one smaller when it works. */
export type MemberAsk =
  | { readonly do: 'terminate' | 'detach'; readonly lowersSize: boolean }
  | { readonly do: 'attach' }
  | { readonly do: 'mark'; readonly marks: Marks };

export type AskMember = {
  readonly type: 'askMember';
  readonly pool: string;
  /** The provider's own name of the machine, or the id of its resource. */
  readonly machine: string;
  readonly ask: MemberAsk;
};

/** `job`: what its answer comes from, as an event `job.answered`; null where it was done at once. */
export type MemberAsked = { readonly resource: string; readonly job: string | null };

/**
 * Asks something of one machine of a pool, for a client that waits for the answer: one attempt; when it fails everything is as before.
 *
 * Errors: `pool_not_found`, `upkeep_stopped`, `pool_unreachable` (not for marks), `machine_not_found`, `machine_not_evictable`,
 * `machine_busy`, `not_offered` where the provider cannot do it.
 */
export function askMember(_tx: Transaction, _input: AskMember): MemberAsked {
  throw new Error('to be built');
}
