import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve, sep } from 'node:path';
import { ProviderRefused } from '../contract.ts';

/**
 * The command with its program and file arguments made absolute, because a process starts in a new, empty folder:
 * - an argument that names an existing file under `baseDirectory` (`./server.js`, `server.js`, `lib/server.js`) becomes
 *   that file's path. One that leads out of the directory, or names no file, stays as it is;
 * - the program is looked up in the base directory when it has a slash, else in `searchPath`, as a shell does.
 *
 * Errors: `ProviderRefused` when there is no such program, or it may not be run.
 */
export function resolveCommand(
  command: readonly string[],
  places: { readonly baseDirectory: string; readonly searchPath: string },
): [program: string, ...args: string[]] {
  const [name = '', ...args] = command;
  const program = findProgram(name, places);
  if (program === undefined) {
    const where = name.includes('/') ? `in ${places.baseDirectory}` : 'in PATH';
    throw new ProviderRefused(
      `template/command/0: there is no program "${name}" ${where} that may be run. Correct the command of the pool.`,
    );
  }
  return [program, ...args.map((arg) => findFile(arg, places.baseDirectory) ?? arg)];
}

function findProgram(
  name: string,
  places: { readonly baseDirectory: string; readonly searchPath: string },
): string | undefined {
  if (isAbsolute(name)) return isProgram(name) ? name : undefined;
  if (name.includes('/')) {
    const file = findFile(name, places.baseDirectory);
    return file !== undefined && isProgram(file) ? file : undefined;
  }
  return places.searchPath
    .split(delimiter)
    .filter((directory) => isAbsolute(directory))
    .map((directory) => join(directory, name))
    .find(isProgram);
}

function findFile(argument: string, baseDirectory: string): string | undefined {
  if (isAbsolute(argument) || argument.startsWith('-')) return undefined;
  const path = resolve(baseDirectory, argument);
  const inside = baseDirectory.endsWith(sep) ? baseDirectory : baseDirectory + sep;
  return path.startsWith(inside) && isFile(path) ? path : undefined;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return isFile(path);
  } catch {
    return false;
  }
}
