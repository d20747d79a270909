import { POOL_DEFAULTS, invariant, parseDuration } from '@poolkeeper/core';
import type { ConfiguredPool, InputFault, JsonObject, PoolSpec } from '@poolkeeper/core';
import type { ConfigurationError, Position } from './configuration-error.ts';
import type { ConfigurationFile, PoolEntry, ResourceEntry } from './file-schema.ts';
import type { LimitsEntry } from './provider-limits.ts';

/** A provider of the file: its name, its driver, its limits, and the driver's options beside them. */
export type ConfiguredProvider = {
  readonly name: string;
  readonly driver: string;
  readonly limits?: LimitsEntry;
} & JsonObject;

/** What a configuration file says, checked as far as a file can be checked by itself. */
export type Configuration = {
  /** As it was named by whoever started the server. */
  readonly file: string;
  /** Absolute path of the file's folder: relative paths in it start there. */
  readonly directory: string;
  readonly providers: readonly ConfiguredProvider[];
  readonly pools: readonly ConfiguredPool[];
  /** Where the member that an RFC 6901 pointer into the file names stands, or the nearest thing around it. */
  readonly locate: (pointer: string) => Position;
  /** What others find wrong with members, such as the refusal of `configure`, as an error that says where they stand. */
  readonly refuse: (faults: readonly InputFault[], cause?: unknown) => ConfigurationError;
};

/** The pools of a file as the core wants them: durations in milliseconds, defaults where the file says nothing. */
export function toPools({ pools = [] }: ConfigurationFile): ConfiguredPool[] {
  return pools.map((pool) => ({
    spec: toSpec(pool),
    resources: (pool.resources ?? []).map(toResource),
  }));
}

function toSpec(pool: PoolEntry): ConfiguredPool['spec'] {
  const { resources: _resources, lease, size, template, ...rest } = pool;
  return {
    ...POOL_DEFAULTS,
    ...rest,
    size: size ?? POOL_DEFAULTS.size,
    template: template ?? POOL_DEFAULTS.template,
    lease: toLease(lease ?? {}),
  };
}

/** Who gives one of the two durations alone means it: the other one makes room. */
function toLease(lease: NonNullable<PoolEntry['lease']>): PoolSpec['lease'] {
  const { defaultMs, maxMs, queue } = POOL_DEFAULTS.lease;
  const givenDefaultMs = lease.default === undefined ? undefined : toMs(lease.default);
  const givenMaxMs = lease.max === undefined ? undefined : toMs(lease.max);
  return {
    defaultMs: givenDefaultMs ?? Math.min(defaultMs, givenMaxMs ?? defaultMs),
    maxMs: givenMaxMs ?? Math.max(maxMs, givenDefaultMs ?? maxMs),
    queue: lease.queue ?? queue,
  };
}

function toMs(duration: string): number {
  const durationMs = parseDuration(duration);
  invariant(durationMs !== undefined, 'durations of the file were checked');
  return durationMs;
}

function toResource({ params, ...rest }: ResourceEntry): ConfiguredPool['resources'][number] {
  return { ...rest, ...(params === undefined || params === null ? {} : { params }) };
}
