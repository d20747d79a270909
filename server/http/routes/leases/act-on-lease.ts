import { Refusal } from '@poolkeeper/core';
import type { Command, ReplyTo, Token, World } from '@poolkeeper/core';
import type { Keeper } from '../../../keeper/contract.ts';
import { isTrusted, maySeeLease } from '../../access.ts';
import type { LeaseBody } from '../../schemas/lease.ts';
import { noLease } from './find-lease.ts';

/** Commands on one lease. */
type LeaseCommandType = 'endLease' | 'renewLease' | 'heartbeatLease';
type CommandOf<T extends LeaseCommandType> = Extract<Command, { type: T }>;

/**
 * Has a command on a lease decided for a token: on its own lease as its holder; on another's, where it is trusted with the
 * leases of everybody, as an operator.
 *
 * It asks as the holder first: that is nearly always so, needs no look before, and says truly who ended the lease.
 * Errors: those of the command; `lease_not_found` for what the token may not see.
 */
export async function actOnLease<T extends LeaseCommandType>(
  keeper: Keeper,
  token: Token,
  id: string,
  act: {
    commandFor: (asHolder: string | null) => CommandOf<T>;
    look: (reply: ReplyTo<CommandOf<T>>, world: World) => LeaseBody;
  },
): Promise<LeaseBody> {
  try {
    return await keeper.ask(act.commandFor(token.name), act.look);
  } catch (error) {
    const isAnothers = error instanceof Refusal && error.code === 'lease_not_found';
    if (!isAnothers || !isTrusted(token)) throw error;
  }
  await requireGranted(keeper, token, id);
  return keeper.ask(act.commandFor(null), act.look);
}

/** A lease outside of an operator's grant does not exist for it. What a lease is on never changes, so a look before will do. */
async function requireGranted(keeper: Keeper, token: Token, id: string): Promise<void> {
  if (token.pools === null) return;
  const isSeen = await keeper.read((world: World) => {
    const lease = world.leases.get(id);
    return lease !== undefined && maySeeLease(token, lease);
  });
  if (!isSeen) throw noLease(id);
}
