import { Refusal } from '../errors.ts';
import type { Upkeep } from '../model/upkeep.ts';
import type { Transaction } from '../world/transaction.ts';

/** Puts a new version of an upkeep. */
export function changeUpkeep(tx: Transaction, upkeep: Upkeep, change: Partial<Upkeep>): Upkeep {
  return tx.put('upkeep', upkeep.name, { ...upkeep, ...change, version: upkeep.version + 1 });
}

/** The upkeep, or a refusal. One that is being removed is there for nobody. */
export function requireUpkeep(tx: Transaction, name: string): Upkeep {
  const upkeep = tx.world.upkeeps.get(name);
  if (upkeep === undefined)
    throw new Refusal('upkeep_not_found', `There is no cloud pool instance "${name}". Create it first.`);
  if (upkeep.status === 'removing')
    throw new Refusal(
      'upkeep_not_found',
      `Cloud pool instance "${name}" is being removed. Wait until it has gone, then create it again.`,
    );
  return upkeep;
}

/** What an event says it is about. */
export function subjectOf({ pool }: Upkeep): { pool?: string } {
  return pool === null ? {} : { pool };
}
