import { clockText } from './explain-provider.ts';
import type { Upkeep } from '../model/upkeep.ts';
import { upkeepOfPool } from '../upkeep/owner.ts';
import type { World } from '../world/world.ts';

/** How far the updates of a pool are that is kept in rounds, as sentences for people; null for any other pool. */
export function explainRounds(world: World, pool: string): string | null {
  const upkeep = upkeepOfPool(world, pool);
  if (upkeep === undefined) return null;
  const { lastRound, lookError } = upkeep;
  const parts = [stateOf(upkeep)];
  if (lookError !== null) parts.push(`The last list of its machines failed: ${lookError}.`);
  if (lastRound !== null && lastRound.error !== null)
    parts.push(`Update ${lastRound.number} ended with an error and took nothing away: ${lastRound.error}.`);
  return parts.join(' ');
}

function stateOf({ name, status, round, nextRoundAt }: Upkeep): string {
  if (status === 'removing')
    return `Its cloud pool instance "${name}" is being removed: the machines stay, and are forgotten when nothing is under way with them.`;
  if (status === 'stopped')
    return `It is kept in rounds, and its cloud pool instance "${name}" is stopped: start it to have updates again.`;
  const kept = `It is kept in rounds by the cloud pool instance "${name}"`;
  if (round === null) return `${kept}; the next update is due at ${clockText(nextRoundAt)}.`;
  return round.phase === 'looking'
    ? `${kept}; update ${round.number} waits for a new list of its machines.`
    : `${kept}; update ${round.number} waits for the members that it asked for.`;
}
