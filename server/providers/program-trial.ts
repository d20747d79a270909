import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InputFault, JsonObject } from '@poolkeeper/core';
import { RULES, RuleBroken, holdCheck } from './contract-checks/check.ts';
import type { ContractCheck } from './contract-checks/check.ts';
import { CONTRACT_CHECKS } from './contract-checks/contract-checks.ts';
import type { CheckPlace } from './contract-checks/place.ts';
import { Subject } from './contract-checks/subject.ts';
import type { Provider } from './contract.ts';
import type { ProviderContext } from './driver.ts';
import { execDriver, openExecProvider } from './exec/exec-driver.ts';
import type { ExecProvider } from './exec/exec-provider.ts';
import { removeAll } from './trial-removal.ts';
import type { Left } from './trial-removal.ts';

/** A program that is to keep the contract, and what it is tried with. */
export type TrialInput = {
  /** Options as an entry of the configuration has them. */
  readonly options: JsonObject;
  readonly template: JsonObject | null;
  /** Told from the ids of every other trial. */
  readonly idPrefix: string;
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

type Outcome = Pick<CheckResult, 'outcome'> & Partial<CheckResult>;

/** Something that the trial made and could not remove. */
export type Remainder = Left & { readonly stateDirectory: string };

export type TrialReport = {
  readonly results: readonly CheckResult[];
  readonly remains: readonly Remainder[];
};

/** The command, or another option of a trial, cannot be used. */
export class TrialRefused extends Error {
  override readonly name = 'TrialRefused';
  readonly faults: readonly InputFault[];

  constructor(faults: readonly InputFault[]) {
    super(faults.map(({ pointer, message }) => `${pointer.slice(1)}: ${message}`).join(' '));
    this.faults = faults;
  }
}

/** When a creation is cut off: while an interpreter starts, early, and in the middle of a short one. Milliseconds. */
const CUTS_AFTER_MS = [5, 60, 250];
const LOG_LINES_KEPT = 10;
const INTERRUPTED = 'the trial was interrupted';

/**
 * Runs the checks of the provider contract against a program, each in a fresh place with a fresh instance, and removes what
 * they made.
 *
 * How many things exist is asked of the program's own `observe`: nobody else can tell.
 * Errors: `TrialRefused`.
 */
export async function runTrial(input: TrialInput): Promise<TrialReport> {
  const faults = execDriver.checkOptions(input.options);
  if (faults.length > 0) throw new TrialRefused(faults);
  const results: CheckResult[] = [];
  const remains: Remainder[] = [];
  let stopped: string | null = null;
  for (const check of CONTRACT_CHECKS) {
    if (input.signal.aborted) stopped ??= INTERRUPTED;
    const result =
      stopped === null
        ? await runCheck(check, { ...input, idPrefix: `${input.idPrefix}${results.length}-` }, remains)
        : describe(check, { outcome: 'not run', why: stopped });
    if (check.isBasic === true && result.outcome === 'failed') {
      stopped ??= 'they say nothing as long as the one that failed does not pass';
    }
    results.push(result);
    input.onResult(result);
  }
  return { results, remains };
}

async function runCheck(check: ContractCheck, input: TrialInput, remains: Remainder[]): Promise<CheckResult> {
  const { clock, timers } = input.context;
  const startedAt = clock.now();
  const place = await openPlace(input);
  const leftOut = check.leftOut?.(place) ?? null;
  let outcome: Outcome = { outcome: 'left out', why: leftOut };
  if (leftOut === null) {
    try {
      await using subject = await Subject.open(place, { clock, timers, stop: input.signal });
      await holdCheck(check, subject);
      outcome = { outcome: 'passed' };
    } catch (error) {
      if (error instanceof RuleBroken) {
        outcome = { outcome: 'failed', why: error.message, rule: error.rule, advice: error.advice };
      } else if (input.signal.aborted) outcome = { outcome: 'not run', why: INTERRUPTED };
      else throw error;
    }
  }
  const log = [...place.log];
  remains.push(...(await place.remove({ isTrusted: outcome.outcome === 'passed' })));
  return describe(check, { ...outcome, log, durationMs: clock.now() - startedAt });
}

function describe(check: ContractCheck, result: Outcome): CheckResult {
  const nothing = { why: null, advice: null, log: [], durationMs: 0 };
  return { name: check.name, rule: RULES[check.rule], ...nothing, ...result };
}

type TrialPlace = CheckPlace & {
  readonly log: string[];
  /**
   * Removes what was made and answers what could not be. A program that is not trusted to list everything is asked to
   * destroy what it does not list, too.
   */
  remove(how: { readonly isTrusted: boolean }): Promise<Remainder[]>;
};

/** A folder, and so an instance, of one check alone. */
async function openPlace(input: TrialInput): Promise<TrialPlace> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'poolkeeper-trial-'));
  const stateDirectory = join(dataDirectory, 'exec', 'trial', 'state');
  const made = new Set<string>();
  const log: string[] = [];
  const open = (): Promise<ExecProvider> =>
    openExecProvider({
      name: 'trial',
      options: input.options,
      context: {
        ...input.context,
        dataDirectory,
        configDirectory: input.workingDirectory,
        logger: keepLines(log),
        openSecret: (name) => Promise.reject(new Error(`There is no secret "${name}" in a trial.`)),
      },
    });
  return {
    template: input.template,
    refused: [],
    idPrefix: input.idPrefix,
    cutsAfterMs: CUTS_AFTER_MS,
    log,
    open: async () => noteMade(await open(), made),
    count: async (id) => {
      await using provider = await open();
      const listed = await provider.list(input.signal);
      return listed.filter(({ resource, machine }) => resource === id && machine !== 'TERMINATED').length;
    },
    remove: async ({ isTrusted }) => {
      await using provider = await open();
      const left = made.size === 0 ? [] : await removeAll(provider, { made, isTrusted, ...input.context });
      // What could not be removed may be described there.
      if (left.length === 0) await rm(dataDirectory, { recursive: true, force: true });
      return left.map(({ resource, why }) => ({ resource, why, stateDirectory }));
    },
  };
}

/** The same provider, which notes what it is asked to make. */
function noteMade(provider: ExecProvider, made: Set<string>): Provider {
  return {
    name: provider.name,
    driver: provider.driver,
    makes: provider.makes,
    create: (request, signal) => {
      made.add(request.resource.id);
      return provider.create(request, signal);
    },
    destroy: (request, signal) => provider.destroy(request, signal),
    observe: (signal) => provider.observe(signal),
    checkTemplate: () => provider.checkTemplate(),
    [Symbol.asyncDispose]: () => provider[Symbol.asyncDispose](),
  };
}

/** Keeps the last lines that the program wrote, and what the provider says about it. */
function keepLines(lines: string[]): ProviderContext['logger'] {
  const keep = (fields: unknown, message?: string): void => {
    const { operation, line } = (typeof fields === 'object' ? fields : {}) as Record<string, unknown>;
    const text = typeof line === 'string' ? `${String(operation)}: ${line}` : String(message ?? fields);
    lines.push(text);
    if (lines.length > LOG_LINES_KEPT) lines.shift();
  };
  return { debug: keep, info: keep, warn: keep, error: keep };
}
