import type { JsonObject } from '../json.ts';

/**
 * How a probe asks. `http` and `tcp` are asked by the server itself; the others are done as the step of that kind is. `provider` asks
 * about an account: only what its vendor says counts.
 */
export const PROBE_KINDS = ['http', 'tcp', 'exec', 'ssh', 'provider'] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

/**
 * What follows from a probe that fails. `replace`, `quarantine`: a free member at once, a leased one when it comes back.
 * `hold`: it is lent to nobody until the probe passes again, or a person does something about it.
 */
export const UNHEALTHY_ACTIONS = ['replace', 'quarantine', 'hold'] as const;
export type UnhealthyAction = (typeof UNHEALTHY_ACTIONS)[number];

/** A question that is asked of every free and leased member of a pool, again and again. Durations are milliseconds. */
export type ProbeSpec = {
  /** Unique in its pool. */
  readonly name: string;
  readonly uses: ProbeKind;
  /** What the kind needs; texts may hold `${resource.…}` and `${params.…}` references. */
  readonly with: JsonObject;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** So many in a row make it fail, or pass. */
  readonly failures: number;
  readonly successes: number;
  readonly action: UnhealthyAction;
};

/** What a probe has come to of one resource, after as many answers in a row as it wants. Only a change of it is a new one. */
export type ProbeVerdict = {
  readonly probe: string;
  readonly isHealthy: boolean;
  readonly since: number;
  /** For people, free of secrets; null where it passes. */
  readonly detail: string | null;
};
