import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { getuid, kill, pid, platform, stderr } from 'node:process';
import { promisify } from 'node:util';

/** What tests of real machines and engines stand on: the machine that they run on, and namespaces of its kernel. */

const run = promisify(execFile);
const COMMAND_MS_MAX = 20_000;
/** Programs of a system stand there too, and not in everybody's path. */
const SYSTEM_DIRECTORIES = ['/usr/sbin', '/sbin'];

/** Runs a command to its end and answers what it says. Errors: that it failed, with what it said. */
export async function command(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(program, args, { timeout: COMMAND_MS_MAX });
  return stdout.trim();
}

/** Whether real parts are here, for `describe.skipIf`. `reason` belongs to the name of what is skipped. */
export type RealParts = { readonly areMissing: boolean; readonly reason: string };

/** Looks for what tests in namespaces need: programs, and the means to make namespaces. */
export function lookForParts(parts: Readonly<Record<string, string>>): RealParts {
  return reportMissing(missingNamespaces() ?? missingPrograms(parts));
}

/** Looks for programs alone; where one is missing, it is said which package has it. */
export function lookForPrograms(parts: Readonly<Record<string, string>>): RealParts {
  return reportMissing(missingPrograms(parts));
}

function reportMissing(missing: string | null): RealParts {
  if (missing === null) return { areMissing: false, reason: '' };
  stderr.write(`tests of real parts are skipped here: ${missing}\n`);
  return { areMissing: true, reason: ` (${missing})` };
}

function missingNamespaces(): string | null {
  if (platform !== 'linux') return 'needs Linux: namespaces';
  return getuid?.() === 0 ? null : 'needs root, to make namespaces';
}

/** `parts`: the program, and the Debian package that has it. */
function missingPrograms(parts: Readonly<Record<string, string>>): string | null {
  const packages = Object.entries(parts)
    .filter(([program]) => !isInstalled(program))
    .map(([, name]) => name);
  return packages.length === 0 ? null : `needs the packages ${[...new Set(packages)].join(', ')}`;
}

function isInstalled(program: string): boolean {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_DIRECTORIES];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

let namespaces = 0;

/** A network namespace of this test process, with nothing in it but its own loopback. */
export class NetworkNamespace implements AsyncDisposable {
  readonly name: string;
  /** Different for each namespace of this process. */
  readonly number: number;

  private constructor(number: number) {
    this.number = number;
    this.name = `pk${pid}n${number}`;
  }

  static async create(): Promise<NetworkNamespace> {
    await endStaleNamespaces();
    namespaces += 1;
    const namespace = new NetworkNamespace(namespaces);
    await command('ip', 'netns', 'add', namespace.name);
    await namespace.run('ip', 'link', 'set', 'lo', 'up');
    return namespace;
  }

  /**
   * What a command line begins with to run in there. `ip netns exec` would lay a /sys of its own over that of the
   * machine, without its cgroups.
   */
  get entry(): readonly string[] {
    return ['nsenter', `--net=/run/netns/${this.name}`];
  }

  run(...line: readonly string[]): Promise<string> {
    const [program = '', ...args] = [...this.entry, ...line];
    return command(program, ...args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endNamespace(this.name);
  }
}

/** A test process that was killed leaves its namespaces behind; the next one ends them. */
async function endStaleNamespaces(): Promise<void> {
  const list = await command('ip', 'netns', 'list');
  for (const line of list.split('\n')) {
    const [, name, owner] = /^(pk(\d+)n\d+)\b/.exec(line) ?? [];
    if (name !== undefined && !isAlive(Number(owner))) await endNamespace(name);
  }
}

async function endNamespace(name: string): Promise<void> {
  const inside = await command('ip', 'netns', 'pids', name);
  for (const text of inside.split('\n').filter((line) => line !== '')) {
    if (isAlive(Number(text))) kill(Number(text), 'SIGKILL');
  }
  await command('ip', 'netns', 'delete', name);
}

function isAlive(process: number): boolean {
  try {
    kill(process, 0);
    return true;
  } catch {
    return false;
  }
}
