import type { JsonObject } from '@poolkeeper/core';
import { RULES, RuleBroken, holdCheck } from './contract-checks/check.ts';
import type { Check } from './contract-checks/check.ts';
import type { ProviderContext } from './driver.ts';

/** What every trial of a program is run with. */
export type TrialParts = {
  /** Options as an entry of the configuration has them. */
  readonly options: JsonObject;
  /** Absolute; relative programs start there. */
  readonly workingDirectory: string;
  readonly context: Pick<ProviderContext, 'clock' | 'timers' | 'random' | 'environment'>;
  /** Ends the trial early; what was made is removed all the same. */
  readonly signal: AbortSignal;
  readonly onResult: (result: CheckResult) => void;
};

export type CheckResult = {
  readonly name: string;
  readonly rule: string;
  readonly outcome: 'passed' | 'failed' | 'left out' | 'not run';
  /** What was seen, or why it was not run; null of what passed. */
  readonly why: string | null;
  readonly advice: string | null;
  /** The last lines that the program wrote to standard error. */
  readonly log: readonly string[];
  readonly durationMs: number;
};

export type Outcome = Pick<CheckResult, 'outcome'> & Partial<CheckResult>;
type AnyCheck = Pick<Check<never, never>, 'name' | 'rule' | 'isBasic'>;

const LOG_LINES_KEPT = 10;
const INTERRUPTED = 'the trial was interrupted';

/** Runs checks one after another; after a basic one that failed, the others say nothing and are not run. */
export async function runChecks<C extends AnyCheck>(
  checks: readonly C[],
  { signal, onResult }: Pick<TrialParts, 'signal' | 'onResult'>,
  run: (check: C, index: number) => Promise<CheckResult>,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  let stopped: string | null = null;
  for (const [index, check] of checks.entries()) {
    if (signal.aborted) stopped ??= INTERRUPTED;
    const result =
      stopped === null
        ? await run(check, index)
        : describeResult(check, { outcome: 'not run', why: stopped });
    if (check.isBasic === true && result.outcome === 'failed') {
      stopped ??= 'they say nothing as long as the one that failed does not pass';
    }
    results.push(result);
    onResult(result);
  }
  return results;
}

/** What one check comes to. Errors: what is neither a broken rule nor an interruption. */
export async function outcomeOf<S extends { readonly stop: AbortSignal } & AsyncDisposable>(
  check: Pick<Check<S, never>, 'rule' | 'advice' | 'run'>,
  leftOut: string | null,
  signal: AbortSignal,
  open: () => Promise<S>,
): Promise<Outcome> {
  if (leftOut !== null) return { outcome: 'left out', why: leftOut };
  try {
    await using subject = await open();
    await holdCheck(check, subject);
    return { outcome: 'passed' };
  } catch (error) {
    if (error instanceof RuleBroken) {
      return { outcome: 'failed', why: error.message, rule: error.rule, advice: error.advice };
    }
    if (signal.aborted) return { outcome: 'not run', why: INTERRUPTED };
    throw error;
  }
}

export function describeResult(check: AnyCheck, result: Outcome): CheckResult {
  const nothing = { why: null, advice: null, log: [], durationMs: 0 };
  return { name: check.name, rule: RULES[check.rule], ...nothing, ...result };
}

/** Keeps the last lines that the program wrote, and what the provider says about it. */
export function keepLines(lines: string[]): ProviderContext['logger'] {
  const keep = (fields: unknown, message?: string): void => {
    const { operation, line } = (typeof fields === 'object' ? fields : {}) as Record<string, unknown>;
    const text = typeof line === 'string' ? `${String(operation)}: ${line}` : String(message ?? fields);
    lines.push(text);
    if (lines.length > LOG_LINES_KEPT) lines.shift();
  };
  return { debug: keep, info: keep, warn: keep, error: keep };
}

/** What a provider in a trial is opened with: a folder of its own, and no secrets. */
export function trialContext(
  { context, workingDirectory }: Pick<TrialParts, 'context' | 'workingDirectory'>,
  own: Pick<ProviderContext, 'dataDirectory' | 'logger'>,
): ProviderContext {
  return {
    ...context,
    ...own,
    configDirectory: workingDirectory,
    openSecret: (name) => Promise.reject(new Error(`There is no secret "${name}" in a trial.`)),
  };
}
