import { readdirSync, readFileSync } from 'node:fs';
import { kill, pid as ownPid } from 'node:process';

/** Looks at what is left and kills it again, so often at most: what is being forked while it is looked for is found then. */
const ROUNDS_MAX = 5;
/** Processes read in one go; in between, others get their turn. */
const SLICE_SIZE = 32;

/**
 * Kills every process of this machine that bears all of these variables in its environment, children that are being forked
 * too; answers how many there were. Where there is no `/proc` it finds none.
 *
 * Errors: none; what cannot be killed is another user's.
 */
export async function endTagged(tags: Readonly<Record<string, string>>): Promise<number> {
  const wanted = Object.entries(tags).map(([name, value]) => `${name}=${value}`);
  const ended = new Set<number>();
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const found = await findTagged(wanted);
    if (found.length === 0) break;
    for (const pid of found) if (killProcess(pid)) ended.add(pid);
  }
  return ended.size;
}

async function findTagged(wanted: readonly string[]): Promise<number[]> {
  const found: number[] = [];
  const pids = listProcesses();
  for (let at = 0; at < pids.length; at += SLICE_SIZE) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    for (const pid of pids.slice(at, at + SLICE_SIZE)) {
      const variables = readText(`/proc/${pid}/environ`)?.split('\0');
      // What ended and was not taken note of has no environment any more.
      if (variables !== undefined && wanted.every((tag) => variables.includes(tag))) found.push(pid);
    }
  }
  return found;
}

function listProcesses(): number[] {
  try {
    const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return names.map(Number).filter((pid) => pid !== ownPid);
  } catch {
    return [];
  }
}

/** A process may end at any moment, and those of other users are not ours to read. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function killProcess(pid: number): boolean {
  try {
    kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
