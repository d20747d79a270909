import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InputFault, JsonObject } from '@poolkeeper/core';
import type { ContractCheck } from './contract-checks/check.ts';
import { CONTRACT_CHECKS } from './contract-checks/contract-checks.ts';
import type { CheckPlace } from './contract-checks/place.ts';
import { Subject } from './contract-checks/subject.ts';
import type { Provider } from './contract.ts';
import { execDriver, openExecProvider } from './exec/exec-driver.ts';
import type { ExecProvider } from './exec/exec-provider.ts';
import { removeAll } from './trial-removal.ts';
import type { Left } from './trial-removal.ts';
import { describeResult, keepLines, outcomeOf, runChecks, trialContext } from './trial-results.ts';
import type { CheckResult, TrialParts } from './trial-results.ts';

/** A program that is to keep the contract, and what it is tried with. */
export type TrialInput = TrialParts & {
  readonly template: JsonObject | null;
  /** Told from the ids of every other trial. */
  readonly idPrefix: string;
};

export type { CheckResult };

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

/**
 * Runs the checks of the provider contract against a program, each in a fresh place with a fresh instance, and removes what
 * they made.
 *
 * How many things exist is asked of the program's own `observe`: nobody else can tell.
 * Errors: `TrialRefused`.
 */
export async function runTrial(input: TrialInput): Promise<TrialReport> {
  checkTrialOptions(input.options);
  const remains: Remainder[] = [];
  const results = await runChecks(CONTRACT_CHECKS, input, (check, index) =>
    runCheck(check, { ...input, idPrefix: `${input.idPrefix}${index}-` }, remains),
  );
  return { results, remains };
}

/** Errors: `TrialRefused` for options that no provider can be opened with. */
export function checkTrialOptions(options: JsonObject): void {
  const faults = execDriver.checkOptions(options);
  if (faults.length > 0) throw new TrialRefused(faults);
}

async function runCheck(check: ContractCheck, input: TrialInput, remains: Remainder[]): Promise<CheckResult> {
  const { clock, timers } = input.context;
  const startedAt = clock.now();
  const place = await openPlace(input);
  const leftOut = check.leftOut?.(place) ?? null;
  const outcome = await outcomeOf(check, leftOut, input.signal, () =>
    Subject.open(place, { clock, timers, stop: input.signal }),
  );
  const log = [...place.log];
  remains.push(...(await place.remove({ isTrusted: outcome.outcome === 'passed' })));
  return describeResult(check, { ...outcome, log, durationMs: clock.now() - startedAt });
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
      context: trialContext(input, { dataDirectory, logger: keepLines(log) }),
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
