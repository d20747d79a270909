import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TAG_INSTANCE, TAG_RESOURCE } from '../../server/providers/process/environment.ts';
import { PROCESS_PROVIDER } from './configuration.ts';

/** A process of this machine that bears the tag of a data directory. */
export type TaggedProcess = { readonly pid: number; readonly resource: string; readonly command: string };

const GONE_WITHIN_MS = 10_000;
const GONE_POLL_MS = 20;

/** The folder in which the provider under test keeps a folder for each of its processes. */
export function processesFolder(data: string): string {
  return join(data, 'processes', PROCESS_PROVIDER);
}

/** Resources of which the provider still keeps files. */
export function leftFolders(data: string): string[] {
  const entries = readdirSync(processesFolder(data), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Every living process that was started for a data directory, found without the server's help: by its environment. */
export function findTagged(data: string): TaggedProcess[] {
  const instance = readText(join(processesFolder(data), 'instance'))?.trim();
  if (instance === undefined || instance === '') return [];
  const found: TaggedProcess[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const variables = readText(`/proc/${pid}/environ`)?.split('\0') ?? [];
    if (!variables.includes(`${TAG_INSTANCE}=${instance}`)) continue;
    const resource = variables.find((variable) => variable.startsWith(`${TAG_RESOURCE}=`)) ?? '=';
    const command = readText(`/proc/${pid}/cmdline`)?.split('\0').join(' ').trim() ?? '';
    found.push({ pid: Number(pid), resource: resource.slice(resource.indexOf('=') + 1), command });
  }
  return found;
}

/** Ends whatever a run left behind, by its tag, until nothing is left or the time is over. */
export async function endTagged(data: string): Promise<void> {
  const until = Date.now() + GONE_WITHIN_MS;
  for (let left = findTagged(data); left.length > 0 && Date.now() < until; left = findTagged(data)) {
    for (const { pid } of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
    }
    await sleep(GONE_POLL_MS);
  }
}

/** A file, or undefined: a process may end at any moment, and those of other users are not ours to read. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
