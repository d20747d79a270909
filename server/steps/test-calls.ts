import type { JsonObject } from '@poolkeeper/core';
import type { StepCall, StepTools } from './contract.ts';

export function aStepCall(input: JsonObject, overrides: Partial<StepCall> = {}): StepCall {
  return {
    uses: 'exec',
    input,
    resource: {
      id: 'res_1',
      name: 'board-1',
      pool: 'boards',
      kind: 'machine',
      epoch: 3,
      addresses: [],
      endpoints: {},
    },
    provider: 'static',
    externalId: null,
    run: 'run_1',
    step: 'wipe',
    lease: 'lease_1',
    holder: 'ada',
    idempotencyKey: 'job_1',
    ...overrides,
  };
}

/** Tools that keep what the work puts out. */
export type RecordedTools = StepTools & {
  readonly abort: (reason?: Error) => void;
  readonly text: (stream?: 'stdout' | 'stderr') => string;
  readonly bytes: () => number;
};

const KEPT_BYTES_MAX = 1_048_576;

export function recordedTools(): RecordedTools {
  const aborter = new AbortController();
  const kept = { stdout: '', stderr: '' };
  let bytes = 0;
  return {
    signal: aborter.signal,
    output: (stream, chunk) => {
      bytes += chunk.length;
      if (bytes <= KEPT_BYTES_MAX) kept[stream] += Buffer.from(chunk).toString();
    },
    hide: () => {},
    abort: (reason = new Error('the attempt took too long')) => aborter.abort(reason),
    text: (stream = 'stdout') => kept[stream],
    bytes: () => bytes,
  };
}
