import { PROVIDER_LIMIT_BOUNDS, formatDuration, invariant, parseDuration } from '@poolkeeper/core';
import type { ProviderLimits } from '@poolkeeper/core';
import { Type } from 'typebox';

/** A duration within the bounds of a pause. */
export const PAUSE_FORMAT = 'poolkeeper-pause';

const { concurrency, ratePerSecond, burst, failures, pauseMs } = PROVIDER_LIMIT_BOUNDS;

/** `limits` of a provider's entry: how hard its account may be used, whatever the driver. */
export const LimitsMembers = Type.Object(
  {
    concurrency: Type.Optional(
      Type.Integer({ ...concurrency, description: 'Jobs under way at once; 8 where nothing is said.' }),
    ),
    rate: Type.Optional(
      Type.Number({
        ...ratePerSecond,
        title: `numbers of calls a second from ${ratePerSecond.minimum} to ${ratePerSecond.maximum}`,
        description:
          'Calls a second in the long run, looks at what is there included; 50 where nothing is said.',
      }),
    ),
    burst: Type.Optional(
      Type.Integer({
        ...burst,
        description: 'Calls at once after a quiet time; as many as `rate` where nothing is said.',
      }),
    ),
    failures: Type.Optional(
      Type.Integer({
        ...failures,
        description: 'So many failures in a row, and it is left alone; 5 where nothing is said.',
      }),
    ),
    pause: Type.Optional(
      Type.String({
        format: PAUSE_FORMAT,
        maxLength: 64,
        title: `durations from ${formatDuration(pauseMs.minimum)} to ${formatDuration(pauseMs.maximum)}, such as 5s or 2m`,
        description:
          'How long it is left alone at first, after failures or when its quota is used up; doubles up to twelve times ' +
          'that. 5s where nothing is said.',
        examples: ['5s', '2m'],
      }),
    ),
  },
  {
    additionalProperties: false,
    title: 'maps of concurrency, rate, burst, failures and pause',
    description: 'How hard the account behind the provider may be used. All its pools share it.',
  },
);
export type LimitsEntry = Type.Static<typeof LimitsMembers>;

export function isPause(text: string): boolean {
  const durationMs = parseDuration(text) ?? 0;
  return durationMs >= pauseMs.minimum && durationMs <= pauseMs.maximum;
}

/** The limits of an entry whose shape was checked, in the units of the core; none where it says nothing. */
export function readLimits(entry: LimitsEntry | undefined): ProviderLimits {
  const { rate, pause, ...rest } = entry ?? {};
  const pauseLengthMs = pause === undefined ? undefined : parseDuration(pause);
  invariant(pause === undefined || pauseLengthMs !== undefined, 'limits of the file were checked');
  return {
    ...rest,
    ...(rate === undefined ? {} : { ratePerSecond: rate }),
    ...(pauseLengthMs === undefined ? {} : { pauseMs: pauseLengthMs }),
  };
}
