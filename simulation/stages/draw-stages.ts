import type { ConfiguredType, PoolSpec } from '@poolkeeper/core';
import type { Chance } from '../chance.ts';

/** Who takes what is dirty, cleans it and puts it back free. */
export const JANITOR = 'Janitor';
/** Stages that users put members back to, beside `free` and `dirty`: for others that know what it means. */
export const OTHER_STAGES = ['tainted', 'composite'] as const;
/** Stages at which users have members. */
export const USED_STAGES = ['busy', 'leased'] as const;

const TYPES = ['project', 'board-farm', 'cluster'] as const;
const NAMES_MAX = 4;

export type PlannedType = {
  readonly type: ConfiguredType;
  /** What this server does itself between two holders. */
  readonly on: NonNullable<PoolSpec['on']>;
};

/** Types of a run; the last one comes and goes by itself at times. */
export function drawTypes(chance: Chance): PlannedType[] {
  return TYPES.slice(0, chance.int(1, TYPES.length)).map((type) => drawType(chance, type));
}

/** Another shape of the same type: other names, other bounds. */
export function drawType(chance: Chance, type: string): PlannedType {
  const isDynamic = type === 'cluster' || chance.is(0.15);
  const min = chance.int(0, 1);
  const dynamic = {
    min,
    max: min + chance.int(1, 2),
    lifespanMs: chance.pick([null, null, 30_000]),
    needs: {},
    content: null,
  };
  return {
    type: {
      pool: `staged-${type}`,
      type,
      initial: chance.pick(['free', 'free', 'dirty']),
      names: isDynamic ? [] : drawNames(chance, type),
      ...(isDynamic ? { dynamic } : {}),
      ...(chance.is(0.3) ? { silenceMs: chance.pick([10_000, 40_000]) } : {}),
      ...(chance.is(0.3) ? { isRepeatable: true as const } : {}),
    },
    on: chance.is(0.4) ? { release: { clean: 'wipe', ...(chance.is(0.5) ? { verify: 'look' } : {}) } } : {},
  };
}

function drawNames(chance: Chance, type: string): string[] {
  const first = chance.is(0.8) ? 0 : 1;
  return Array.from({ length: chance.int(1, NAMES_MAX) }, (_, index) => `${type}-${first + index}`);
}
