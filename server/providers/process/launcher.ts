import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { ProviderExhausted, ProviderTransient } from '../contract.ts';
import type { ProcessFolder } from './record.ts';

/** How a process ended: by itself with a code, or by a signal. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** The launcher's exit code when another launcher of the same resource was first. */
export const CLAIM_LOST_CODE = 97;

/**
 * Writes down which process this is, then becomes the command: the same process, so the same pid and start time. The
 * command never runs without that line, and a crash of the server at any moment cannot lose it. `set -C` lets only one
 * launcher create the file, so a resource never has two processes. The command is passed in arguments and is not read
 * by the shell.
 */
const LAUNCHER = `set -C
boot=unknown
read -r boot < /proc/sys/kernel/random/boot_id || boot=unknown
read -r stat < "/proc/$$/stat" || exit ${CLAIM_LOST_CODE}
{ printf '%s %s %s\\n' "$boot" "$PORT" "$stat" > "$1"; } 2>/dev/null || exit ${CLAIM_LOST_CODE}
shift
exec "$@"
`;

const SHELL = '/bin/sh';
const LOG_MODE = 0o600;

/**
 * Starts a command as a process that outlives this one: in a session and group of its own, without our descriptors, its
 * output appended to the resource's log file.
 *
 * Errors: `ProviderExhausted` when the machine has no process, memory or disk to give; `ProviderTransient` else.
 */
export async function launch(input: {
  readonly folder: ProcessFolder;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}): Promise<{ readonly pid: number; readonly exited: Promise<Exit> }> {
  const { folder, command, environment } = input;
  try {
    const output = openSync(folder.output, 'a', LOG_MODE);
    try {
      return await spawnDetached([folder.leader, ...command], { cwd: folder.work, environment, output });
    } finally {
      closeSync(output);
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const message = `The process could not be started (${code}).`;
    const isExhausted = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ENOSPC', 'EDQUOT'].includes(code);
    throw isExhausted
      ? new ProviderExhausted(message, { cause: error })
      : new ProviderTransient(message, { cause: error });
  }
}

async function spawnDetached(
  args: readonly string[],
  options: { cwd: string; environment: Readonly<Record<string, string>>; output: number },
): Promise<{ pid: number; exited: Promise<Exit> }> {
  const child = spawn(SHELL, ['-c', LAUNCHER, 'poolkeeper-launch', ...args], {
    cwd: options.cwd,
    env: options.environment,
    stdio: ['ignore', options.output, options.output],
    detached: true,
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.unref();
  return { pid: child.pid as number, exited };
}
