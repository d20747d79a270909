import { readFileSync, readdirSync } from 'node:fs';
import { TAG_INSTANCE, TAG_RESOURCE } from './environment.ts';

/** A process, proof against reuse of its pid: a pid has one start time within one boot. */
export type ProcessIdentity = {
  readonly pid: number;
  /** Clock ticks since the boot (field 22 of `/proc/<pid>/stat`), as text. */
  readonly startTime: string;
  readonly bootId: string;
};

export type RunningProcess = ProcessIdentity & {
  readonly processGroup: number;
  /** It ended, and nobody has taken note of that yet. It does nothing any more. */
  readonly isZombie: boolean;
  /** The resource that it was started for, when it carries our tag. */
  readonly resource: string | null;
};

/** Processes read in one go; in between, others get their turn. */
const SLICE_SIZE = 16;
const BOOT_ID_UNKNOWN = 'unknown';

/** The id of this boot of the machine; the launcher falls back to the same word. */
export function readBootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? BOOT_ID_UNKNOWN;
}

/** The parts of a line of `/proc/<pid>/stat` that matter here, or undefined when it is none. */
export function parseStat(
  line: string,
): { pid: number; processGroup: number; startTime: string; isZombie: boolean } | undefined {
  // The second field is the program's name in parentheses, and may hold spaces and parentheses itself.
  const afterName = line.lastIndexOf(') ');
  const fields = line.slice(afterName + 2).split(' ');
  const [state, , processGroup] = fields;
  const startTime = fields[19]?.trim();
  const pid = Number.parseInt(line, 10);
  if (afterName < 0 || !Number.isInteger(pid) || startTime === undefined || !/^\d+$/.test(startTime)) {
    return undefined;
  }
  return {
    pid,
    processGroup: Number(processGroup),
    startTime,
    isZombie: state === 'Z' || state === 'X',
  };
}

/** The processes of this machine, as `/proc` shows them. */
export class ProcessTable {
  readonly #bootId = readBootId();
  readonly #tag: string;
  /** The reading under way, and the one that begins after it for all who ask meanwhile. */
  #current: Promise<readonly RunningProcess[]> | null = null;
  #next: Promise<readonly RunningProcess[]> | null = null;

  constructor(instance: string) {
    this.#tag = `${TAG_INSTANCE}=${instance}`;
  }

  /** What there is of exactly this process; undefined when it is gone, even where its pid is in use again. */
  find(identity: ProcessIdentity): { isZombie: boolean } | undefined {
    if (identity.bootId !== this.#bootId) return undefined;
    const stat = parseStat(readText(`/proc/${identity.pid}/stat`) ?? '');
    return stat?.startTime === identity.startTime ? stat : undefined;
  }

  /** Does exactly this process live? */
  isAlive(identity: ProcessIdentity): boolean {
    return this.find(identity)?.isZombie === false;
  }

  /** All processes, read after this call. Calls that come together share one reading. */
  list(): Promise<readonly RunningProcess[]> {
    if (this.#current === null) {
      this.#current = this.#read().finally(() => {
        this.#current = null;
      });
      return this.#current;
    }
    this.#next ??= this.#current
      .catch(() => [])
      .then(() => {
        this.#next = null;
        return this.list();
      });
    return this.#next;
  }

  async #read(): Promise<readonly RunningProcess[]> {
    const found: RunningProcess[] = [];
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    for (let at = 0; at < pids.length; at += SLICE_SIZE) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve));
      for (const pid of pids.slice(at, at + SLICE_SIZE)) {
        const stat = parseStat(readText(`/proc/${pid}/stat`) ?? '');
        if (stat !== undefined)
          found.push({ ...stat, bootId: this.#bootId, resource: this.#resourceOf(pid) });
      }
    }
    return found;
  }

  #resourceOf(pid: string): string | null {
    const variables = readText(`/proc/${pid}/environ`);
    if (variables === undefined || !variables.includes(this.#tag)) return null;
    const list = variables.split('\0');
    if (!list.includes(this.#tag)) return null;
    const prefix = `${TAG_RESOURCE}=`;
    return list.find((variable) => variable.startsWith(prefix))?.slice(prefix.length) ?? null;
  }
}

/** A file of `/proc`, or undefined: a process may end at any moment, and those of other users are not ours to read. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
