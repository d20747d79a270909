import { CallFailed } from './broken.ts';
import type { AccountPlace } from './account-place.ts';
import type { AccountSubject } from './account-subject.ts';
import type { CheckPlace } from './place.ts';
import type { Subject } from './subject.ts';

/** The rules of `contract.ts`, as people are told them. */
export const RULES = {
  create: 'Rule 1: create is idempotent by the resource’s id, and adopts what an earlier attempt made',
  destroy: 'Rule 2: destroy is repeated until it answers gone, and what is not there is gone',
  observe: 'Rule 3: observe lists everything that was made and still exists, and nothing else',
  failure: 'Rule 4: a call does what it is asked for and ends in time, or says by its failure why not',
  end: 'Every call ends soon after it is told to',
  members:
    'Rule 6: what is let go of lives on, what is taken in is like what was made, and marks stay where the thing is',
  verify:
    'Rule 7: verify refuses a credential that is no good, and no other; when nobody knows, it says that',
  clean: 'Rule 8: clean takes away what a holder left, and leftovers names whatever is still there',
  rotate: 'Rule 9: a rotation leaves one key, which works, wherever an earlier attempt at it ended',
} as const;
export type Rule = keyof typeof RULES;

/** One thing that a provider has to do, as a program that finds out whether it does, of a subject at a place. */
export type Check<S, P> = {
  readonly name: string;
  readonly rule: Rule;
  /** What the author of a provider does about a failure. */
  readonly advice: string;
  /** A provider that fails it fails the others too: they say nothing more. */
  readonly isBasic?: boolean;
  /** Why it cannot be found out at this place; null where it can. */
  readonly leftOut?: (place: P) => string | null;
  /** Errors: `Broken` with what was seen. */
  readonly run: (subject: S) => Promise<void>;
};

/** Of a provider that makes things. */
export type ContractCheck = Check<Subject, CheckPlace>;
/** Of one that looks after accounts. */
export type AccountCheck = Check<AccountSubject, AccountPlace>;

/** What a check found: which rule is broken, how that was seen, and what to do about it. */
export class RuleBroken extends Error {
  override readonly name = 'RuleBroken';
  readonly rule: string;
  readonly advice: string;

  constructor(check: Pick<ContractCheck, 'rule' | 'advice'>, cause: unknown) {
    const isCall = cause instanceof CallFailed;
    const rule = RULES[isCall ? 'failure' : check.rule];
    super(`${rule}. ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.rule = rule;
    this.advice = isCall ? CALL_ADVICE : check.advice;
  }
}

const CALL_ADVICE =
  'Make the same call by hand, see what is written to standard error, and mend that. Input, answers, exit codes and limits of a call are in docs/writing-a-provider.md.';

/**
 * Runs one check.
 *
 * Errors: `RuleBroken`; the reason of the subject's signal.
 */
export async function holdCheck<S extends { readonly stop: AbortSignal }>(
  check: Pick<Check<S, never>, 'rule' | 'advice' | 'run'>,
  subject: S,
): Promise<void> {
  try {
    await check.run(subject);
  } catch (error) {
    subject.stop.throwIfAborted();
    throw new RuleBroken(check, error);
  }
}
