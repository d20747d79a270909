import ssh2 from 'ssh2';
import { faultText } from '../../schemas/steps/step-input.ts';
import { sshInputFaults } from '../../schemas/steps/ssh.ts';
import type { SshInput } from '../../schemas/steps/ssh.ts';
import type { Random, Timers } from '../../timers.ts';
import { StepRefused } from '../contract.ts';
import type { StepCall, StepExecutor, StepResult, StepTools } from '../contract.ts';
import { OUTPUT_BYTES_MAX } from '../output-bound.ts';
import { stepEnvironment } from '../step-environment.ts';
import { connect } from './connect.ts';
import type { Connection } from './connection.ts';
import { findScript } from './find-script.ts';
import { fingerprintOf, readHostKeys } from './host-keys.ts';
import { MachineGates } from './machine-gates.ts';
import { markOf, programWork } from './remote-program.ts';
import type { RemoteWork } from './remote-program.ts';
import { runRemote } from './run-remote.ts';
import type { RemoteEnd } from './run-remote.ts';
import { findTarget, targetText } from './target.ts';
import { uploadScript } from './upload-script.ts';

/** How often a machine is asked whether it is still there; three questions without an answer, and it counts as lost. Milliseconds. */
const KEEPALIVE_MS = 5_000;
const SCRIPT_DIRECTORY = '/tmp';
/** What shells answer for a program that they cannot start, and do not find. */
const CANNOT_START = 126;
const NOT_FOUND = 127;

export type SshContext = {
  readonly timers: Timers;
  readonly random: Random;
  /** The folder that `script.file` is looked for in; absolute. Null: there is none. */
  readonly scriptFolder: string | null;
  readonly keepaliveMs?: number;
  /** What the work of an attempt may put out, in bytes. */
  readonly outputBytesMax?: number;
};

/**
 * Does steps on machines by SSH: a connection for each attempt, one session at a time in it, and few of them at one machine.
 *
 * Rule 1 of the contract is kept on the machine: an attempt first ends what an earlier one with its key left running there
 * (on Linux, by the mark in its environment), and work ends when its connection does.
 */
export function createSshExecutor(context: SshContext): StepExecutor {
  const gates = new MachineGates();
  return {
    check: (input) => faultText(sshInputFaults(input)),
    run: async (call, tools) => {
      const input = call.input as unknown as SshInput;
      const target = findTarget(input, call.resource);
      const request = {
        target,
        login: readLogin(input),
        hostKeys: readHostKeys(input.hostKey),
        keepaliveMs: context.keepaliveMs ?? KEEPALIVE_MS,
        timers: context.timers,
      };
      const script = input.script === undefined ? null : await findScript(input.script, context.scriptFolder);
      const machine = targetText(target);
      return gates.with(machine, tools.signal, async (startups) => {
        using connection = await connect(request, { startups, random: context.random }, tools.signal);
        const end = await doWork(connection, { call, input, script, machine, context }, tools);
        return resultOf(end, {
          machine,
          user: input.user,
          hostKey: fingerprintOf(connection.hostKey),
        });
      });
    },
  };
}

/** Errors: `StepRefused` for a key that is none, before anything is sent. */
function readLogin({ user, key, passphrase, password }: SshInput) {
  if (key !== undefined) {
    const parsed = ssh2.utils.parseKey(key, passphrase);
    if (parsed instanceof Error) {
      throw new StepRefused(
        `key is no private key that can be used (${parsed.message}). Put a key as "ssh-keygen -t ed25519" writes it into the secret, and its passphrase, if any, into passphrase.`,
      );
    }
  }
  return { user, key, passphrase, password };
}

type Work = {
  readonly call: StepCall;
  readonly input: SshInput;
  readonly script: string | null;
  readonly machine: string;
  readonly context: SshContext;
};

async function doWork(
  connection: Connection,
  { call, input, script, machine, context }: Work,
  tools: StepTools,
): Promise<RemoteEnd> {
  const { timers, outputBytesMax = OUTPUT_BYTES_MAX } = context;
  const args = (input.args ?? []).map(String);
  const attempt = context.random().toString(36).slice(2);
  const work = {
    key: call.idempotencyKey,
    attempt,
    environment: { ...textsOf(input.env ?? {}), ...stepEnvironment(call) },
    stdin: input.stdin ?? null,
    directory: null,
  };
  const run = (what: RemoteWork) =>
    runRemote(connection, { work: what, machine, timers, outputBytesMax }, tools);
  if (input.run !== undefined) return run({ ...work, shell: input.run, args });
  if (script === null) return run({ ...work, ...programWork((input.command ?? []).map(String)) });

  // Each attempt has a directory of its own, since an earlier one may be removing its own right now; what is left is removed first.
  const left = `${input.script?.directory ?? SCRIPT_DIRECTORY}/.poolkeeper-${markOf(call.idempotencyKey)}`;
  const directory = `${left}-${attempt}`;
  const path = `${directory}/script`;
  const made = await run({
    ...work,
    stdin: null,
    shell: 'rm -rf -- "$1"-*; mkdir -m 700 -- "$2"',
    args: [left, directory],
  });
  if (made.code !== 0) return made;
  await uploadScript(connection, { machine, path, text: script, timers });
  return run({ ...work, ...programWork([path, ...args]), directory });
}

function textsOf(variables: NonNullable<SshInput['env']>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
}

function resultOf(
  { code, signal, outputFault }: RemoteEnd,
  place: { readonly machine: string; readonly user: string; readonly hostKey: string },
): StepResult {
  const isPassed = code === 0 && outputFault === null;
  return {
    isPassed,
    exitCode: code,
    evidence: place,
    error: isPassed ? null : (outputFault ?? endText({ code, signal }, place.machine)),
  };
}

function endText({ code, signal }: { code: number | null; signal: string | null }, machine: string): string {
  if (signal !== null) {
    return `It was ended on ${machine} by the signal ${signal}. Look there for who ends processes: too little memory, a shutdown.`;
  }
  const what = `It ended on ${machine} with exit code ${code}`;
  if (code === NOT_FOUND)
    return `${what}: a program was not found there. Look at its output; install it, or correct the step.`;
  if (code === CANNOT_START)
    return `${what}: a program cannot be started there. Look at its output; check its rights and first line.`;
  return `${what}. Look at its output for the reason.`;
}
