import { kill } from 'node:process';
import { sleep } from '../../timers.ts';
import type { Clock, Timers } from '../../timers.ts';
import { isUp, membersOf } from './managed-process.ts';
import type { ManagedProcess } from './managed-process.ts';
import type { ProcessIdentity, ProcessTable } from './process-table.ts';
import { writeRecord } from './record.ts';
import { STOP_TIMEOUT_MS_DEFAULT } from './template.ts';

/** Between two looks at what still lives: quick at first, since most processes end at once. Milliseconds. */
const LOOK_AGAIN_MIN_MS = 10;
const LOOK_AGAIN_MAX_MS = 200;

export type EndInput = {
  readonly table: ProcessTable;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly signal: AbortSignal;
  /** How long to wait for the end. Milliseconds. */
  readonly waitMs: number;
  /** At most so long after being asked to end, they are made to. The template may say less. Milliseconds. */
  readonly killAfterMsMax: number;
};

/**
 * Ends all processes of a resource: asks them, the ones that left the group too, and kills what lives after the stop
 * timeout. The timeout counts from the first time they were asked, which is on record, so it goes on over repeated calls
 * and restarts of the server.
 *
 * Shape: `gone` when none of them lives; `going` when the wait is over before that.
 * Errors: the reason of the signal.
 */
export async function endProcesses(managed: ManagedProcess, input: EndInput): Promise<'gone' | 'going'> {
  const { table, clock, timers, signal } = input;
  const startedAt = clock.now();
  const askedAt = await noteAsked(managed, startedAt);
  const stopTimeoutMs = managed.record?.stopTimeoutMs ?? STOP_TIMEOUT_MS_DEFAULT;
  const killAt = askedAt + Math.min(stopTimeoutMs, input.killAfterMsMax);
  for (let pauseMs = LOOK_AGAIN_MIN_MS; ; pauseMs = Math.min(pauseMs * 2, LOOK_AGAIN_MAX_MS)) {
    signal.throwIfAborted();
    const isOver = clock.now() >= killAt;
    // While the leader takes its time there is nothing to find out that is worth reading the whole table.
    if (isOver || !isUp(managed, table) || !isAsked(managed, managed.leader)) {
      managed.members = membersOf(managed, await table.list());
      if (managed.members.length === 0) return 'gone';
      signalMembers(managed, table, isOver ? 'SIGKILL' : 'SIGTERM');
    }
    if (clock.now() - startedAt >= input.waitMs) return 'going';
    await sleep(timers, pauseMs, signal);
  }
}

async function noteAsked(managed: ManagedProcess, now: number): Promise<number> {
  const { record } = managed;
  // Without a record the server's memory has to do: after a restart the wait begins anew.
  if (record === undefined) return (managed.askedWithoutRecordAt ??= now);
  // A clock that was set back must not make the wait longer than the timeout.
  if (record.stopAskedAt !== null && record.stopAskedAt <= now) return record.stopAskedAt;
  managed.record = { ...record, stopAskedAt: now };
  await writeRecord(managed.folder, managed.record);
  return now;
}

function signalMembers(managed: ManagedProcess, table: ProcessTable, name: 'SIGTERM' | 'SIGKILL'): void {
  const { leader } = managed;
  // The whole group at once reaches a process that is being forked just now as well.
  if (leader !== undefined && table.find(leader) !== undefined) {
    if (name === 'SIGKILL' || !isAsked(managed, leader)) signalPid(-leader.pid, name);
    for (const member of managed.members) {
      if (member.processGroup === leader.pid) managed.asked.add(keyOf(member));
    }
    managed.asked.add(keyOf(leader));
  }
  for (const member of managed.members) {
    // Immediately before the signal: only now it is certain that the pid still is this process.
    if ((name === 'SIGTERM' && isAsked(managed, member)) || table.find(member) === undefined) continue;
    signalPid(member.pid, name);
    managed.asked.add(keyOf(member));
  }
}

function isAsked(managed: ManagedProcess, process: ProcessIdentity | undefined): boolean {
  return process !== undefined && managed.asked.has(keyOf(process));
}

function keyOf({ pid, startTime }: ProcessIdentity): string {
  return `${pid}@${startTime}`;
}

function signalPid(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    kill(pid, name);
  } catch (error) {
    // It ended meanwhile, or became another user's and cannot be ended: then it stays a member, and is seen.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
