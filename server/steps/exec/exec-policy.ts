import { realpath } from 'node:fs/promises';
import { isAbsolute, resolve, sep } from 'node:path';
import type { ExecStepInput } from '../../schemas/steps/exec.ts';
import { StepRefused } from '../contract.ts';

/**
 * What exec steps may run here: nothing, anything, or programs of one folder alone. The folder is what the owner of this
 * machine put there, whoever may define workflows.
 */
export type ExecPolicy = 'off' | 'any' | { readonly folder: string };

/** The program as the system is told it, and where it runs. */
export type ProgramPlace = { readonly program: string; readonly directory: string };

/**
 * Variables by which a program that is allowed is made to run another one. Guards the folder against mistakes and the
 * obvious ways around it; a program that starts what it is told to has to guard itself.
 */
const STEERING_VARIABLES =
  /^(PATH|IFS|ENV|BASH_ENV|BASH_FUNC_.*|SHELLOPTS|PS4|(LD|DYLD)_.*|GLIBC_TUNABLES|GCONV_PATH|NODE_OPTIONS|NODE_PATH|PYTHON.*|PERL.*|RUBY.*|JAVA_TOOL_OPTIONS|GIT_.*)$/;

/**
 * Where the program of a step is, if it may run here.
 *
 * Shape: with a folder everything starts there and stays inside, symbolic links resolved; else a relative path starts at
 * `directory`, and a name without a slash is looked for in `PATH`.
 * Errors: `StepRefused`.
 */
export async function placeProgram(
  policy: ExecPolicy,
  directory: string,
  input: Pick<ExecStepInput, 'command' | 'cwd' | 'env'>,
): Promise<ProgramPlace> {
  const [program = ''] = input.command;
  if (policy === 'off') {
    throw new StepRefused(
      'This server runs no exec steps. Its owner allows them with --exec-steps FOLDER (or any), or run the step on a runner with runsOn.',
    );
  }
  if (policy === 'any') {
    const isPath = program.includes('/') && !isAbsolute(program);
    return {
      program: isPath ? resolve(directory, program) : program,
      directory: resolve(directory, input.cwd ?? ''),
    };
  }
  const folder = await realpath(policy.folder).catch((cause: unknown) => {
    throw new StepRefused(`The folder of exec steps, ${policy.folder}, is not there. Make it again.`, {
      cause,
    });
  });
  const steering = Object.keys(input.env ?? {}).find((name) => STEERING_VARIABLES.test(name));
  if (steering !== undefined) {
    throw new StepRefused(
      `with.env.${steering}: this variable can make a program run another one, and this server runs programs of ${folder} alone. Set it in the program itself.`,
    );
  }
  return {
    program: await requireInside(folder, program, 'with.command'),
    directory: await requireInside(folder, input.cwd ?? '.', 'with.cwd'),
  };
}

async function requireInside(folder: string, path: string, member: string): Promise<string> {
  const wanted = resolve(folder, path);
  const real = await realpath(wanted).catch((cause: unknown) => {
    throw new StepRefused(`${member}: there is no ${wanted}. Put it there, or correct the workflow.`, {
      cause,
    });
  });
  const isInside = real === folder || real.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
  if (isInside) return real;
  throw new StepRefused(
    `${member}: ${wanted} is outside of ${folder}, and exec steps run programs of that folder alone. Put it there, or have the server's owner start it with another --exec-steps.`,
  );
}
