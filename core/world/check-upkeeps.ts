import type { Upkeep } from '../model/upkeep.ts';
import type { World } from './world.ts';

/** Says that the world breaks an invariant, and how. */
export type Report = (invariant: string, detail: string) => void;

/** U17: an upkeep has its pool, provider and secret, or none of them; and nothing is kept in rounds without one. */
export function checkUpkeeps(world: World, report: Report): void {
  for (const upkeep of world.upkeeps.values()) {
    const { name, pool, secret } = upkeep;
    checkLoops(world, upkeep, report);
    if (pool === null) {
      if (secret !== null) report('U17', `${name} has a secret and no pool`);
      continue;
    }
    const spec = world.pools.get(pool)?.pool;
    if (spec?.rounds === undefined || spec.provider !== pool || !world.providers.has(pool))
      report('U17', `${name} has pool ${pool} without rounds, or without its provider`);
    if (!world.secrets.has(secret ?? '')) report('U17', `${name} has not its secret ${secret}`);
    if ((upkeep.status === 'removing') !== (spec?.status === 'removing'))
      report('U17', `${name} is ${upkeep.status}, its pool ${spec?.status}`);
  }
  for (const { pool } of world.pools.values())
    if (pool.rounds !== undefined && !world.upkeepOfPool.has(pool.name))
      report('U17', `${pool.name} is kept in rounds by nobody`);
}

/** U3: what is started has both loops, each either under way or due; any other has neither. U6, U7: a round waits for something. */
function checkLoops(world: World, upkeep: Upkeep, report: Report): void {
  const { name, status, look, round, nextLookAt, nextRoundAt, pool } = upkeep;
  const runs = [look !== null, nextLookAt !== null, round !== null, nextRoundAt !== null];
  const isRunning = runs[0] !== runs[1] && runs[2] !== runs[3];
  if (status === 'started' ? !isRunning : runs.includes(true))
    report('U3', `${name} is ${status}: look, next look, round, next round are ${runs.join(', ')}`);
  if (round?.phase === 'looking' && (look === null || look.number > round.look))
    report('U6', `round ${round.number} of ${name} waits for look ${round.look}, not for ${look?.number}`);
  const state = world.pools.get(pool ?? '');
  if (round?.phase !== 'growing' || state === undefined || world.unsettledPools.has(state.pool.name)) return;
  if (round.toAsk > 0 || state.awaitedCount === 0)
    report('U7', `round ${round.number} of ${name} waits for nothing`);
}
