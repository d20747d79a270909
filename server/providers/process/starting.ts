import { ProviderTransient } from '../contract.ts';
import type { CreateRequest } from '../contract.ts';
import { sleep } from '../../timers.ts';
import { resolveCommand } from './command.ts';
import { processEnvironment } from './environment.ts';
import { CLAIM_LOST_CODE, launch } from './launcher.ts';
import { forgetProcess, isUp } from './managed-process.ts';
import type { ManagedProcess } from './managed-process.ts';
import { lastLines } from './output-log.ts';
import { HOST } from './process-context.ts';
import type { ProcessContext } from './process-context.ts';
import { isReady } from './readiness.ts';
import { makeFolder, readLeader, writeRecord } from './record.ts';
import type { ProcessTemplate } from './template.ts';

/** How long the launcher may take to write itself down. Milliseconds. */
const LAUNCH_MS_MAX = 10_000;
/** A process without a readiness check counts as up when it lived this long: most wrong commands end at once. */
const STEADY_MS = 100;
/** Between two looks at a process that is starting: quick at first. Milliseconds. */
const LOOK_AGAIN_MIN_MS = 10;
const LOOK_AGAIN_MAX_MS = 250;
/** How long an ended child may take to tell its exit code. Milliseconds. */
const EXIT_CODE_MS_MAX = 500;

/**
 * Starts the process of a resource of which nothing lives: the record first, so that nothing is started which is not on
 * record, then the launcher, which writes itself down before it becomes the command.
 *
 * Errors: `ProviderRefused` for a command that cannot be run, `ProviderExhausted`, `ProviderTransient`.
 */
export async function startProcess(
  managed: ManagedProcess,
  request: {
    readonly resource: CreateRequest['resource'];
    readonly template: ProcessTemplate;
    readonly port: number;
    /** Has it run before, and left its working directory? */
    readonly keepsWork: boolean;
  },
  context: ProcessContext,
): Promise<void> {
  const { resource, template, port, keepsWork } = request;
  const environment = processEnvironment({
    inherited: context.environment,
    template: template.env,
    resource,
    instance: context.instance,
    port,
    host: HOST,
    configDirectory: context.configDirectory,
  });
  const searchPath = environment['PATH'] ?? '';
  const command = resolveCommand(template.command, { baseDirectory: context.baseDirectory, searchPath });
  const { ready, readyTimeoutMs, stopTimeoutMs } = template;
  await makeFolder(managed.folder, { keepsWork });
  forgetProcess(managed);
  managed.record = {
    version: 1,
    ready,
    readyTimeoutMs,
    stopTimeoutMs,
    port,
    startedAt: context.clock.now(),
    readyAt: null,
    stopAskedAt: null,
  };
  await writeRecord(managed.folder, managed.record);
  const { exited } = await launch({ folder: managed.folder, command, environment });
  managed.exited = exited;
  void exited.then(context.noteChange);
}

/** Waits until the launcher of the resource wrote itself down. Errors: `ProviderTransient`; the reason of the signal. */
export async function awaitLeader(
  managed: ManagedProcess,
  context: ProcessContext,
  signal: AbortSignal,
): Promise<void> {
  let exitCode: number | null | undefined;
  void managed.exited?.then(({ code }) => {
    exitCode = code;
  });
  const startedAt = context.clock.now();
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LOOK_AGAIN_MAX_MS)) {
    const hasEnded = exitCode !== undefined;
    managed.leader = readLeader(managed.folder);
    if (managed.leader !== undefined) return;
    const isHopeless = hasEnded && exitCode !== CLAIM_LOST_CODE;
    if (isHopeless || context.clock.now() - startedAt >= LAUNCH_MS_MAX) {
      throw new ProviderTransient(`The process did not start. ${await advice(managed)}`);
    }
    await sleep(context.timers, pauseMs, signal);
  }
}

/**
 * Waits until the process serves. The time for that counts from its start, over aborted attempts and restarts of the
 * server.
 *
 * Shape: notes in the record when it did.
 * Errors: `ProviderTransient` when it ended, with how and its last words, or took too long; the reason of the signal.
 */
export async function awaitReady(
  managed: ManagedProcess,
  context: ProcessContext,
  signal: AbortSignal,
): Promise<void> {
  const { record, leader } = managed;
  if (record === undefined || leader === undefined)
    throw new ProviderTransient('The process is not known any more.');
  const { clock, timers } = context;
  if (record.ready === null) await sleep(timers, STEADY_MS, signal);
  for (let pauseMs = LOOK_AGAIN_MIN_MS; ; pauseMs = Math.min(pauseMs * 2, LOOK_AGAIN_MAX_MS)) {
    const target = { host: HOST, port: leader.port };
    const answers = record.ready === null || (await isReady(record.ready, target, { timers, signal }));
    // Asked after the check: what answered may be another program that has the port after ours ended.
    if (!isUp(managed, context.table)) throw await endedWhileStarting(managed, context);
    if (answers) break;
    signal.throwIfAborted();
    if (clock.now() - record.startedAt >= record.readyTimeoutMs) {
      const limit = `${record.readyTimeoutMs / 1_000} s`;
      throw new ProviderTransient(`The process was not ready within ${limit}. ${await advice(managed)}`);
    }
    await sleep(timers, pauseMs, signal);
  }
  managed.record = { ...record, readyAt: clock.now() };
  await writeRecord(managed.folder, managed.record);
}

async function endedWhileStarting(
  managed: ManagedProcess,
  context: ProcessContext,
): Promise<ProviderTransient> {
  const waiting = new AbortController();
  const unknown = sleep(context.timers, EXIT_CODE_MS_MAX, waiting.signal).catch(() => undefined);
  const exit = (await Promise.race([managed.exited, unknown])) ?? undefined;
  waiting.abort();
  let how = 'ended';
  if (exit?.signal !== undefined && exit.signal !== null) how = `was ended by ${exit.signal}`;
  else if (exit?.code !== undefined && exit.code !== null) how = `ended with exit code ${exit.code}`;
  return new ProviderTransient(`The process ${how} while it was starting. ${await advice(managed)}`);
}

async function advice(managed: ManagedProcess): Promise<string> {
  const lines = await lastLines(managed.folder.output);
  return lines === '' ? 'It wrote nothing.' : `It wrote last: ${lines}`;
}
