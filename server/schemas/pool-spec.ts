import { invariant, parseDuration, refuseInput } from '@poolkeeper/core';
import type { PoolSpec, SizePolicy } from '@poolkeeper/core';
import { requireDurationMs } from './durations.ts';
import { probesOf } from './health.ts';
import type { PoolInput, PoolPatch, SizeInput } from './pool.ts';
import { stagesOf } from './stages.ts';

/** The members of a specification that a body says of the pool with the name; those that it leaves out are not there. */
export function poolSpecOf(body: PoolInput | PoolPatch, name: string): Partial<PoolSpec> {
  const {
    size,
    lease,
    parent,
    provider,
    kind,
    template,
    quota,
    recycle,
    victims,
    rollout,
    labels,
    health,
    leaks,
    cost,
    on,
    cooldown,
    maxUses,
    maxAge,
    split,
    stages,
  } = body;
  return {
    ...(parent === undefined ? {} : { parent }),
    ...(on === undefined ? {} : { on }),
    ...(cooldown === undefined ? {} : { cooldownMs: cooldownMsOf(cooldown) }),
    ...(maxUses === undefined ? {} : { maxUses }),
    ...(maxAge === undefined
      ? {}
      : { maxAgeMs: maxAge === null ? null : requireDurationMs(maxAge, '/maxAge') }),
    ...(split === undefined ? {} : { split }),
    ...(stages === undefined ? {} : { stages: stagesOf(stages, name) }),
    ...(provider === undefined ? {} : { provider }),
    ...(kind === undefined ? {} : { kind }),
    ...(template === undefined ? {} : { template }),
    ...(quota === undefined ? {} : { quota }),
    ...(recycle === undefined ? {} : { recycle }),
    ...(victims === undefined ? {} : { victims }),
    ...(rollout === undefined ? {} : { rollout }),
    ...(labels === undefined ? {} : { labels }),
    ...(health === undefined ? {} : { health: probesOf(health) }),
    ...(leaks === undefined ? {} : { leaks }),
    ...(cost === undefined ? {} : { cost }),
    ...(size === undefined ? {} : { size: sizeOf(size) }),
    ...(lease === undefined ? {} : { lease: leaseOf(lease) as PoolSpec['lease'] }),
  };
}

/** No length is as good as any: it does not rest. */
function cooldownMsOf(text: string): number {
  const cooldownMs = parseDuration(text);
  invariant(cooldownMs !== undefined, 'a duration that is none came through its schema');
  return cooldownMs;
}

/** The core fills in what is not said. */
function leaseOf(lease: NonNullable<PoolInput['lease']>): Partial<PoolSpec['lease']> {
  return {
    ...(lease.default === undefined ? {} : { defaultMs: requireDurationMs(lease.default, '/lease/default') }),
    ...(lease.max === undefined ? {} : { maxMs: requireDurationMs(lease.max, '/lease/max') }),
    ...(lease.warnBefore === undefined
      ? {}
      : { warnMs: requireDurationMs(lease.warnBefore, '/lease/warnBefore') }),
    ...(lease.queue === undefined ? {} : { queue: lease.queue }),
  };
}

function sizeOf(size: SizeInput): SizePolicy | null {
  if (size === null) return null;
  const { desired, min, max, buffer } = size;
  if (desired !== undefined) {
    const other = (['min', 'max', 'buffer'] as const).find((member) => size[member] !== undefined);
    if (other === undefined) return { desired };
    throw refuseInput(
      `/size/${other}`,
      `${other} stands beside desired; give desired alone, or min, max and buffer`,
    );
  }
  if (max === undefined) {
    throw refuseInput(
      '/size',
      'size has to be { desired }, or { min, max, buffer }, of which min and buffer may be left out',
    );
  }
  return { min: min ?? 0, max, buffer: buffer ?? 0 };
}
