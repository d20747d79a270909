import { mkdir } from 'node:fs/promises';
import type { JsonObject } from '@poolkeeper/core';
import type { ExecSteps } from './config/setting-values.ts';
import type { Logger } from './logger.ts';
import { endTagged } from './programs/tagged-processes.ts';
import { requireInstance } from './providers/instance.ts';
import type { Provider } from './providers/contract.ts';
import { checkContainerInput, checkSshInput } from './steps/check-step.ts';
import { engineOf } from './steps/container/engine-address.ts';
import type { EngineAddress } from './steps/container/engine-address.ts';
import type { StepCredentials, StepExecutor, StepExecutors } from './steps/contract.ts';
import { createExecStep } from './steps/exec/exec-step.ts';
import { OWNER_VARIABLE } from './steps/exec/program-environment.ts';
import { createHttpStep } from './steps/http/http-step.ts';
import { createProviderStep } from './steps/provider/provider-step.ts';
import type { Clock, Random, Timers } from './timers.ts';

const PRIVATE_FOLDER_MODE = 0o700;

export type StepExecutorsInput = {
  /** Where relative programs and scripts are looked for. */
  readonly directory: string;
  readonly policy: ExecSteps;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whose processes and containers those of the steps are. */
  readonly owner: string;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly random: Random;
};

/** Makes what does the steps of each kind on this machine; actions of providers aside, which belong to the server. */
export function createStepExecutors(input: StepExecutorsInput): StepExecutors {
  const { directory, policy, environment, owner, timers, clock, random } = input;
  const engine = readEngine(environment);
  return {
    exec: createExecStep({ policy, directory, environment, owner, timers }),
    ssh: loadedWhenRun(checkSshInput, async () => {
      const { createSshExecutor } = await import('./steps/ssh/ssh-executor.ts');
      return createSshExecutor({ timers, random, scriptFolder: directory });
    }),
    http: createHttpStep({ timers, clock }),
    container: loadedWhenRun(checkContainerInput, async () => {
      if (engine instanceof Error) throw engine;
      const { createContainerExecutor } = await import('./steps/container/container-executor.ts');
      return createContainerExecutor({ timers, engine, server: owner });
    }),
  };
}

/** Who the steps of a server belong to, as processes and containers are told apart. */
export type StepOwner = string;

/**
 * Finds out who this server is, and ends what steps of the process before this one left running.
 *
 * `scratch`: a folder of the server's own, which is made when it is not there. Errors: those of the disk.
 */
export async function openStepOwner(input: {
  readonly scratch: string;
  readonly random: Random;
  readonly logger: Logger;
}): Promise<StepOwner> {
  const { scratch, random, logger } = input;
  await mkdir(scratch, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  const owner = await requireInstance(scratch, random);
  const left = await endTagged({ [OWNER_VARIABLE]: owner });
  if (left > 0)
    logger.warn({ processes: left }, 'steps of the server before this one still ran; they are ended');
  return owner;
}

export type ServerStepsInput = StepExecutorsInput & {
  /** Whose actions steps may use. */
  readonly providers: ReadonlyMap<string, Provider>;
  readonly credentials: StepCredentials;
  /** The parameters of a resource as they are now. */
  readonly paramsOf: (resource: string) => Promise<JsonObject>;
};

/** Makes what does the steps of a server. */
export function createServerSteps(input: ServerStepsInput): StepExecutors {
  const { providers, credentials, paramsOf } = input;
  return {
    ...createStepExecutors(input),
    provider: createProviderStep({ providers, credentials, paramsOf }),
  };
}

/** Which jobs there are, and whether there is a workflow that uses containers at all. */
export type LookForLeftovers = { readonly jobs: ReadonlySet<string>; readonly usesContainers: boolean };

export type SweepInput = Pick<StepExecutorsInput, 'environment' | 'owner' | 'timers'> & {
  readonly look: () => Promise<LookForLeftovers>;
  readonly logger: Logger;
};

/** Removes containers of steps that no job of now is for, beside everything else; disposing gives up. */
export function sweepLeftovers(input: SweepInput): AsyncDisposable {
  const { owner, timers, look, logger } = input;
  const stop = new AbortController();
  const sweep = async (): Promise<void> => {
    const engine = readEngine(input.environment);
    const { jobs, usesContainers } = await look();
    if (engine instanceof Error || !usesContainers) return;
    const { sweepContainers } = await import('./steps/container/sweep-containers.ts');
    const isWanted = (key: string): boolean => jobs.has(key);
    const { removed } = await sweepContainers({ engine, server: owner, timers, isWanted }, stop.signal);
    if (removed > 0) logger.warn({ removed }, 'containers of steps that are over were removed');
  };
  // Where no engine is, there is nothing to sweep.
  const done = sweep().catch((error: unknown) => logger.debug({ err: error }, 'containers were not swept'));
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await done;
    },
  };
}

/** An address that cannot be used is said by the steps that need it: everything else goes on without. */
function readEngine(environment: StepExecutorsInput['environment']): EngineAddress | Error {
  try {
    return engineOf(environment);
  } catch (error) {
    return error as Error;
  }
}

/** What it is made of is large, and most servers never need it. */
function loadedWhenRun(check: StepExecutor['check'], load: () => Promise<StepExecutor>): StepExecutor {
  let loaded: Promise<StepExecutor> | undefined;
  return {
    check,
    run: async (call, tools) => {
      const executor = await (loaded ??= load());
      return executor.run(call, tools);
    },
  };
}
