import type { JsonObject } from '@poolkeeper/core';
import type { OpenCredentials, RunnerStepKind, StepCall, StepCredentials, StepTools } from './contract.ts';

/** A call of a step on a board; a test overrides what it is about. */
export function aStepCall(
  uses: RunnerStepKind,
  input: JsonObject,
  overrides: Partial<StepCall> = {},
): StepCall {
  return {
    uses,
    input,
    resource: {
      id: 'res_1',
      name: 'board-1',
      pool: 'boards',
      kind: 'machine',
      epoch: 3,
      addresses: ['10.0.0.7'],
      endpoints: { http: 'http://10.0.0.7/' },
    },
    provider: 'local',
    externalId: 'ext-1',
    run: 'run_1',
    step: 'clean',
    lease: 'lse_1',
    holder: 'ann',
    idempotencyKey: 'job_1',
    ...overrides,
  };
}

/** Tools that keep what is put out. */
export function toolsThatKeep(signal: AbortSignal = new AbortController().signal): StepTools & {
  readonly text: (stream?: 'stdout' | 'stderr') => string;
  /** All that was to be hidden so far. */
  readonly hidden: readonly string[];
} {
  const hidden: string[] = [];
  const chunks: { stream: 'stdout' | 'stderr'; chunk: Buffer }[] = [];
  return {
    signal,
    hidden,
    hide: (values) => void hidden.push(...values),
    output: (stream, chunk) => void chunks.push({ stream, chunk: Buffer.from(chunk) }),
    text: (stream) =>
      Buffer.concat(
        chunks.filter((one) => stream === undefined || one.stream === stream).map(({ chunk }) => chunk),
      ).toString('utf8'),
  };
}

/** Credentials of one resource, kept in memory; `kept` is every word that was to be remembered, in order. */
export function credentialsThatKeep(
  first: Partial<OpenCredentials> = {},
  ageMs = Number.POSITIVE_INFINITY,
): StepCredentials & { readonly kept: unknown[]; now(): OpenCredentials } {
  let now: OpenCredentials = { current: null, pending: null, management: null, ...first };
  const kept: unknown[] = [];
  return {
    kept,
    now: () => now,
    open: () => Promise.resolve(now),
    ageMs: () => Promise.resolve(ageMs),
    keep: ({ job, resource, part, values }) => {
      kept.push({ job, resource, part, values });
      now = { ...now, ...(part === 'current' ? { current: values, pending: null } : { pending: values }) };
      return Promise.resolve();
    },
  };
}
