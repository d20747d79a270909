import type { JsonObject } from '@poolkeeper/core';
import { platform } from 'node:process';
import { runProgram } from '../../programs/run-program.ts';
import type { ProgramEnd } from '../../programs/run-program.ts';
import { endTagged } from '../../programs/tagged-processes.ts';
import { createInputCheck } from '../../schemas/steps/check-input.ts';
import { ExecStepInput } from '../../schemas/steps/exec.ts';
import type { Timers } from '../../timers.ts';
import { StepRefused } from '../contract.ts';
import type { StepCall, StepExecutor, StepResult, StepTools } from '../contract.ts';
import { LastLines } from '../last-lines.ts';
import { openEvidenceFile } from './evidence-file.ts';
import { placeProgram } from './exec-policy.ts';
import type { ExecPolicy } from './exec-policy.ts';
import { programEnvironment } from './program-environment.ts';

export type ExecStepParts = {
  readonly policy: ExecPolicy;
  /** Absolute; relative programs start there where the policy names no folder. */
  readonly directory: string;
  /** The server's own environment, of which little is inherited. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whose processes these are, for all time: see `OWNER_VARIABLE`. */
  readonly owner: string;
  readonly timers: Timers;
};

/**
 * Steps that are programs of this machine, run as the server's user: passed when they end with exit code 0. Nothing of one
 * is left running, but for what it gave a session of its own and that ended well.
 *
 * A program shows evidence by writing a JSON object to the file that `POOLKEEPER_EVIDENCE` names.
 */
export function createExecStep(parts: ExecStepParts): StepExecutor {
  return { check: createInputCheck(ExecStepInput), run: (step, tools) => runStep(parts, step, tools) };
}

async function runStep(parts: ExecStepParts, step: StepCall, tools: StepTools): Promise<StepResult> {
  const { policy, directory, environment, owner, timers } = parts;
  const { signal, output } = tools;
  if (platform === 'win32') {
    throw new StepRefused('Exec steps need process groups to end what a program started; Windows has none.');
  }
  const input = step.input as JsonObject & ExecStepInput;
  const place = await placeProgram(policy, directory, input);
  const [program = '', ...args] = input.command;
  await using evidenceFile = await openEvidenceFile();
  const last = new LastLines();
  const pass = (stream: 'stdout' | 'stderr', chunk: Buffer): void => {
    last.take(chunk);
    output(stream, chunk);
  };
  let end: ProgramEnd;
  try {
    end = await runProgram({
      command: [place.program, ...args],
      directory: place.directory,
      environment: programEnvironment({
        inherited: environment,
        given: input.env ?? {},
        owner,
        evidenceFile: evidenceFile.path,
        step,
      }),
      input: input.stdin ?? '',
      limitMs: null,
      timers,
      signal,
      onOutput: (chunk) => {
        pass('stdout', chunk);
        return true;
      },
      onLog: (chunk) => pass('stderr', chunk),
    });
  } catch (error) {
    if (!signal.aborted) throw notStarted(program, place.directory, error);
    // What left the group of the program bears its key still.
    await endTagged({ POOLKEEPER_IDEMPOTENCY_KEY: step.idempotencyKey, POOLKEEPER_STEPS_OF: owner });
    throw error;
  }
  const { evidence, fault } = await evidenceFile.read();
  if (fault !== null) output('stderr', Buffer.from(`poolkeeper: the evidence is left out: ${fault}\n`));
  if (end.code === 0) return { isPassed: true, exitCode: 0, evidence, error: null };
  const how = end.code === null ? `was ended by ${end.signal}` : `ended with exit code ${end.code}`;
  return {
    isPassed: false,
    exitCode: end.code,
    evidence,
    error: `${program} ${how}. ${last.describe()}`,
  };
}

/** What the machine lacks for a moment is worth another try; what is wrong about the program is not. */
function notStarted(program: string, directory: string, cause: unknown): Error {
  const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new StepRefused(
        `There is no program ${program}, no interpreter that its first line names, or no folder ${directory}. Correct the workflow, or install it.`,
        { cause },
      );
    case 'EACCES':
      return new StepRefused(`The program ${program} may not be run. Make it executable: chmod +x.`, {
        cause,
      });
    case 'E2BIG':
      return new StepRefused(
        `The program ${program} cannot be started: its arguments and variables are too large.`,
        {
          cause,
        },
      );
    default:
      return new Error(`The program ${program} could not be started (${code}).`, { cause });
  }
}
