import { Refusal } from '@poolkeeper/core';
import type { Exchange } from './endpoint.ts';
import { BoskosError, notAvailable } from './errors.ts';
import { seeResource } from './resource-view.ts';
import type { SeenResource } from './resource-view.ts';

/** What a holder says about a resource, with what is said before a refusal. `stage`: where it believes it to stand; null: no matter. */
export type Claim = {
  readonly name: string;
  readonly holder: string;
  readonly stage: string | null;
  readonly prefix: string;
};

/**
 * Has something done with a resource that its holder names, and says in the words of the original why it cannot be.
 *
 * Errors: 404 for one that there is not, 401 for one that somebody else has, or nobody, 409 for one that stands elsewhere.
 */
export async function withHeld(
  exchange: Exchange,
  claim: Claim,
  command: () => Promise<unknown>,
): Promise<void> {
  // Who may not see every pool must not learn from a refusal what there is.
  if (exchange.caller.pools !== null) await requireVisible(exchange, claim);
  try {
    await command();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 'resource_not_found') throw notAvailable(claim.prefix, claim.name);
    if (error.code !== 'not_the_holder' && error.code !== 'stage_mismatch') throw error;
    throw mismatch(claim, await requireVisible(exchange, claim), error);
  }
}

async function requireVisible({ keeper, caller }: Exchange, { name, prefix }: Claim): Promise<SeenResource> {
  const seen = await keeper.read((world) => {
    const resource = world.resources.get(world.stagedByName.get(name) ?? '');
    if (resource === undefined || !(caller.pools?.includes(resource.pool) ?? true)) return undefined;
    return seeResource(world, resource);
  });
  if (seen === undefined) throw notAvailable(prefix, name);
  return seen;
}

/** The original calls the real state the expected one. A holder that was silent for too long has it no more, whoever is still named. */
function mismatch({ prefix, holder, stage }: Claim, seen: SeenResource, cause: Refusal): BoskosError {
  const owner = seen.owner === holder ? '' : seen.owner;
  return cause.code === 'not_the_holder'
    ? new BoskosError(401, `${prefix}owner mismatch request by ${holder}, currently owned by ${owner}`, {
        cause,
      })
    : new BoskosError(409, `${prefix}state mismatch - expected ${seen.state}, current ${stage}`, { cause });
}
