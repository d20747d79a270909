import type { ReleaseSpec, TransitionSpec } from '../model/transition.ts';

/**
 * What a move does when a caller adds to what the pool says: its workflow takes the place of the pool's, its parameters win, and
 * the rest comes on top. What cleans and verifies stays the pool's: no caller can talk a resource out of being clean.
 */
export function mergeTransitions(
  pool: TransitionSpec | ReleaseSpec | undefined,
  call: TransitionSpec | null,
): TransitionSpec | ReleaseSpec | undefined {
  if (call === null) return pool;
  const workflow = call.workflow ?? pool?.workflow;
  return {
    ...pool,
    ...(workflow === undefined ? {} : { workflow }),
    addProfiles: [...(pool?.addProfiles ?? []), ...(call.addProfiles ?? [])],
    removeProfiles: [...(pool?.removeProfiles ?? []), ...(call.removeProfiles ?? [])],
    addParams: { ...pool?.addParams, ...call.addParams },
    removeParams: [...(pool?.removeParams ?? []), ...(call.removeParams ?? [])],
  };
}
