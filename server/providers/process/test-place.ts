import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { execPath, kill } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '@poolkeeper/core';
import { expect, vi } from 'vitest';
import type { Provider } from '../contract.ts';
import type { ProviderContext } from '../driver.ts';
import { openProvider } from '../open-provider.ts';
import { aProviderContext } from '../test-context.ts';

const SERVER = fileURLToPath(new URL('test-server.js', import.meta.url));
const END_MS_MAX = 10_000;

/** A directory for one test, and the processes that live in it. */
export type TestPlace = {
  readonly directory: string;
  /** Where the provider keeps its folders. */
  readonly root: string;
  open(options?: { options?: JsonObject; context?: Partial<ProviderContext> }): Promise<Provider>;
  /** Puts a program into the base directory. */
  write(file: string, text: string): void;
  /** Where the files of a resource are. */
  folder(resource: string): string;
  /** Pids of everything that runs in the working directory of a resource, or of any. */
  pids(resource?: string): number[];
  /** Pids of everything with the tag of a resource of this place, or of any, wherever it runs. */
  tagged(resource?: string): number[];
  cleanUp(): Promise<void>;
};

/** A template of a small web server on this Node, which says who and where it is. */
export function aServerTemplate(overrides: JsonObject = {}): JsonObject {
  return { command: [execPath, SERVER], ready: { http: '/' }, stopTimeout: '2s', ...overrides };
}

export function aTestPlace(): TestPlace {
  const directory = mkdtempSync(join(tmpdir(), 'poolkeeper-process-'));
  const root = join(directory, 'processes', 'local');
  const pids = (resource?: string): number[] =>
    pidsIn(resource === undefined ? root : join(root, resource, 'work'));
  const tagged = (resource?: string): number[] => {
    const instance = readText(join(root, 'instance')).trim();
    const tag = [`POOLKEEPER_INSTANCE_ID=${instance}`, `POOLKEEPER_RESOURCE_ID=${resource}`];
    return listPids((pid) => {
      const variables = readText(`/proc/${pid}/environ`).split('\0');
      return tag.slice(0, resource === undefined ? 1 : 2).every((variable) => variables.includes(variable));
    }).filter(isAlive);
  };
  const everything = (): number[] => [...new Set([...pids(), ...tagged()])];
  return {
    directory,
    root,
    pids,
    tagged,
    open: ({ options = {}, context = {} } = {}) =>
      openProvider(
        { name: 'local', driver: 'process', ...options },
        aProviderContext({ dataDirectory: directory, configDirectory: directory, ...context }),
      ),
    write: (file, text) => writeFileSync(join(directory, file), text),
    folder: (resource) => join(root, resource),
    async cleanUp() {
      for (const pid of everything()) endPid(pid);
      await vi.waitFor(() => expect(everything()).toEqual([]), { timeout: END_MS_MAX });
      rmSync(directory, { recursive: true });
    },
  };
}

/**
 * The processes whose working directory is in a directory. It is another way to find them than the provider's own, so
 * that a test notices what the provider does not; a removed directory counts as well.
 */
export function pidsIn(directory: string): number[] {
  return listPids((pid) => {
    try {
      const place = readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '');
      return place === directory || place.startsWith(directory + sep);
    } catch {
      return false;
    }
  });
}

export function isAlive(pid: number): boolean {
  const stat = readText(`/proc/${pid}/stat`);
  return stat !== '' && !/^\d+ \(.*\) [ZX] /s.test(stat);
}

export function endPid(pid: number): void {
  try {
    kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function listPids(isWanted: (pid: string) => boolean): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter(isWanted)
    .map(Number);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
