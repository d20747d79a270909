import type { JobTicket, StepTicket } from '@poolkeeper/core';
import type { StepCall, StepExecutor, StepTools } from '../steps/contract.ts';
import type { StepLogs } from './step-contract.ts';
import { aTicket } from './test-provider.ts';

/** The job of a step, for a resource of its own unless the test says otherwise. */
export function aStepTicket(
  id: string,
  step: Partial<StepTicket> = {},
  job: Partial<JobTicket['job']> = {},
): JobTicket {
  const run = step.run ?? `run_${id}`;
  return {
    ...aTicket(id, { kind: 'step', step: { run, index: 0 }, ...job }),
    step: {
      run,
      index: 0,
      name: 'clean',
      workflow: 'wipe',
      transition: 'release',
      uses: 'exec',
      with: {},
      secrets: [],
      timeoutMs: 60_000,
      lease: null,
      holder: null,
      ...step,
    },
  };
}

/** An executor that does what a test says. */
export function anExecutor(
  run: (call: StepCall, tools: StepTools) => ReturnType<StepExecutor['run']>,
): StepExecutor {
  return { check: () => null, run };
}

export const PASSED = { isPassed: true, exitCode: 0, evidence: null, error: null } as const;

/** Logs that a test reads: each attempt as one text, by `run/step#attempt`. */
export function readableLogs(): StepLogs & { readonly texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    open: ({ run, name, attempt }) => {
      const key = `${run}/${name}#${attempt}`;
      return {
        write: (stream, chunk) =>
          void texts.set(
            key,
            `${texts.get(key) ?? ''}${stream === 'note' ? '# ' : ''}${Buffer.from(chunk).toString()}`,
          ),
        close: () => Promise.resolve(),
      };
    },
  };
}
