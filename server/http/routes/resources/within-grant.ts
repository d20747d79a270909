import { Refusal } from '@poolkeeper/core';
import type { Command, ReplyTo, Resource, Token, World } from '@poolkeeper/core';
import type { Keeper } from '../../../keeper/contract.ts';
import { mayUsePool } from '../../access.ts';

/** How often a look and a change are tried together, where the resource changes between them. */
const ATTEMPTS_MAX = 5;

/** A resource that the token may see. Errors: `resource_not_found`, for one outside of its grant too. */
export function requireResource(world: World, id: string, token: Token): Resource {
  const resource = world.resources.get(id);
  if (resource !== undefined && mayUsePool(token, resource.pool)) return resource;
  throw new Refusal(
    'resource_not_found',
    `There is no resource "${id}". See those that there are with GET /v1/resources.`,
  );
}

export type ResourceChange<C extends Command, T> = {
  readonly id: string;
  /** The version that the caller asked for. */
  readonly version: number | undefined;
  readonly commandFor: (version: { version?: number }) => C;
  readonly look: (reply: ReplyTo<C>, world: World) => T;
};

/**
 * Has a change of a resource decided for a token.
 *
 * A resource can be moved, so a token with a grant on some pools looks first, and changes the very version that it saw in
 * its grant. Errors: those of the command; `resource_not_found` for what is outside of the grant.
 */
export async function changeWithinGrant<C extends Command, T>(
  keeper: Keeper,
  token: Token,
  change: ResourceChange<C, T>,
): Promise<T> {
  const asked = change.version === undefined ? {} : { version: change.version };
  if (token.pools === null) return keeper.ask(change.commandFor(asked), change.look);
  for (let attempt = 1; ; attempt += 1) {
    const seen = await keeper.read((world) => requireResource(world, change.id, token).version);
    try {
      return await keeper.ask(change.commandFor({ version: change.version ?? seen }), change.look);
    } catch (error) {
      const isOvertaken =
        error instanceof Refusal && error.code === 'version_mismatch' && change.version === undefined;
      if (!isOvertaken || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}
