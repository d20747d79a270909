import type { Exit } from './launcher.ts';
import type { ProcessIdentity, ProcessTable, RunningProcess } from './process-table.ts';
import { folderOf, readLeader, readRecord } from './record.ts';
import type { Leader, ProcessFolder, ProcessRecord } from './record.ts';

/** One resource as the provider knows it. What has to outlive the server is in `record` and `leader`, and on disk. */
export type ManagedProcess = {
  readonly id: string;
  readonly folder: ProcessFolder;
  /** Undefined when it cannot be read, or nothing was started yet. */
  record: ProcessRecord | undefined;
  leader: Leader | undefined;
  /** Known when this server started the process; one that was adopted tells nobody how it ended. */
  exited: Promise<Exit> | null;
  /** Everything that was ever seen to belong to it and may still live. */
  members: readonly RunningProcess[];
  /** Those of them that were asked to end, and since when where no record can say so. */
  readonly asked: Set<string>;
  askedWithoutRecordAt: number | null;
  /** Looks in a row at which it did not answer. */
  failures: number;
};

/** Takes up a resource from its folder; one without files is a resource that was never started. */
export function loadProcess(root: string, id: string): ManagedProcess {
  const folder = folderOf(root, id);
  return {
    id,
    folder,
    record: readRecord(folder),
    leader: readLeader(folder),
    exited: null,
    members: [],
    asked: new Set(),
    askedWithoutRecordAt: null,
    failures: 0,
  };
}

/** Forgets a process of which nothing lives, before another one is started for the resource. */
export function forgetProcess(managed: ManagedProcess): void {
  managed.leader = undefined;
  managed.exited = null;
  managed.members = [];
  managed.asked.clear();
  managed.askedWithoutRecordAt = null;
  managed.failures = 0;
}

/** Does the process that is the resource live? Those that it started do not count. */
export function isUp(managed: ManagedProcess, table: ProcessTable): boolean {
  return managed.leader !== undefined && table.isAlive(managed.leader);
}

/**
 * Everything alive that belongs to a resource, by three marks that other programs' processes cannot have: our tag, the
 * group of a leader that is proven to be ours, or that it was proven before.
 *
 * A group whose leader is gone proves nothing: its number may be another program's by now.
 */
export function membersOf(managed: ManagedProcess, running: readonly RunningProcess[]): RunningProcess[] {
  const { leader } = managed;
  const isSame = (a: ProcessIdentity, b: ProcessIdentity): boolean =>
    a.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId;
  const isLeaderThere = leader !== undefined && running.some((process) => isSame(process, leader));
  const isMember = (process: RunningProcess): boolean =>
    process.resource === managed.id ||
    (isLeaderThere && process.processGroup === leader.pid) ||
    managed.members.some((member) => isSame(member, process));
  return running.filter((process) => !process.isZombie && isMember(process));
}
