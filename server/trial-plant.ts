import { inheritEnvironment } from './programs/inherited-environment.ts';
import { runProgram } from './programs/run-program.ts';
import type { AccountTrialInput } from './providers/account-trial.ts';

/** How long leaving something in an account may take, in milliseconds, and what it may put out, in bytes. */
const PLANT_MS_MAX = 120_000;
const PLANT_OUTPUT_BYTES_MAX = 65_536;

/** Leaves something in an account by the command that its author names: it has the credential in variables, as a holder has. */
export function createLeave({
  workingDirectory,
  context,
  signal,
}: Pick<AccountTrialInput, 'workingDirectory' | 'context' | 'signal'>): AccountTrialInput['leave'] {
  return async ({ command }, current) => {
    const variables = Object.entries(current ?? {}).map(([name, text]): [string, string] => [
      `POOLKEEPER_CREDENTIAL_${name.toUpperCase()}`,
      text,
    ]);
    let size = 0;
    const end = await runProgram({
      command,
      directory: workingDirectory,
      environment: { ...inheritEnvironment(context.environment), ...Object.fromEntries(variables) },
      input: '',
      limitMs: PLANT_MS_MAX,
      timers: context.timers,
      signal,
      onOutput: (chunk) => (size += chunk.length) <= PLANT_OUTPUT_BYTES_MAX,
      onLog: () => {},
    });
    if (end.code === 0) return;
    throw new Error(
      `The command of "plant" ended with ${end.code ?? end.signal}; run it by hand to see why.`,
    );
  };
}
