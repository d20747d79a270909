import type { JsonObject, Pool, VictimPolicy, World } from '@poolkeeper/core';

const POLICIES: Record<VictimPolicy, string> = { newest: 'NEWEST', oldest: 'OLDEST' };

/** A native pool in the form of a configuration, for clients that read one. Options of its provider, which may be secret, are not in it. */
export function nativeConfiguration(world: World, pool: Pool): JsonObject {
  const driver = world.providers.get(pool.provider)?.driver;
  return {
    name: pool.name,
    cloudApiSettings: { provider: pool.provider, ...(driver === undefined ? {} : { driver }) },
    provisioningTemplate: pool.template ?? {},
    scaleInConfig: { victimSelectionPolicy: POLICIES[pool.victims] },
  };
}
