import { Refusal, refuseInput } from '../errors.ts';
import type { Upkeep } from '../model/upkeep.ts';
import type { Transaction } from '../world/transaction.ts';
import { poolOfUpkeep, secretOfUpkeep, UPKEEP_NAME } from './names.ts';

/** Upkeeps of one world. */
export const UPKEEPS_MAX = 1_000;

export type CreateUpkeep = { readonly type: 'createUpkeep'; readonly name: string };

/**
 * Makes an upkeep that is neither configured nor started.
 *
 * Shape: changes the upkeep; emits `upkeep.created`.
 * Errors: `upkeep_exists`, also while one of the name is being removed or something else has the names that it needs; `invalid_input`
 * for a name that is none, or one too many.
 */
export function createUpkeep(tx: Transaction, { name }: CreateUpkeep): Upkeep {
  if (!UPKEEP_NAME.test(name) || name === '.' || name === '..')
    throw refuseInput(
      '/name',
      'the name of a cloud pool instance has 1 to 255 of the characters A-Z a-z 0-9 _ - . and is neither "." nor ".."',
    );
  const current = tx.world.upkeeps.get(name);
  if (current !== undefined) {
    const advice = current.status === 'removing' ? '; it is being removed: wait until it has gone' : '';
    throw new Refusal('upkeep_exists', `There is a cloud pool instance "${name}" already${advice}.`);
  }
  if (tx.world.upkeeps.size >= UPKEEPS_MAX)
    throw refuseInput('/name', `there are ${UPKEEPS_MAX} cloud pool instances, which is the most`);
  requireFreeNames(tx, name);
  const upkeep: Upkeep = {
    name,
    pool: null,
    secret: null,
    status: 'stopped',
    isSizeKnown: false,
    version: 1,
    createdAt: tx.now,
    fetchedAt: null,
    lookedAt: null,
    lookError: null,
    lookNumber: 0,
    look: null,
    nextLookAt: null,
    roundNumber: 0,
    round: null,
    lastRound: null,
    nextRoundAt: null,
    strays: [],
    detached: [],
  };
  tx.emit('upkeep.created', {}, { name });
  return tx.put('upkeep', name, upkeep);
}

/** Refuses an upkeep whose pool, provider or secret would be somebody else's. */
export function requireFreeNames(tx: Transaction, name: string): void {
  const [pool, secret] = [poolOfUpkeep(name), secretOfUpkeep(name)];
  const taken = tx.world.pools.has(pool)
    ? `pool "${pool}"`
    : tx.world.providers.has(pool)
      ? `provider "${pool}"`
      : tx.world.secrets.has(secret)
        ? `secret "${secret}"`
        : undefined;
  if (taken === undefined) return;
  throw new Refusal(
    'upkeep_exists',
    `Cloud pool instance "${name}" needs the name of ${taken}, which is there already. Choose another name.`,
  );
}
