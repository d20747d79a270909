import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { StepRefused } from '../contract.ts';

const SCRIPT_BYTES_MAX = 1_048_576;

/**
 * The text of a script: as the step has it, or a file in the server's folder of scripts, and nowhere else.
 *
 * Errors: `StepRefused` with what to do, for a file that is not there, is outside of the folder or too large, or no folder.
 */
export async function findScript(
  script: { readonly text?: string; readonly file?: string },
  folder: string | null,
): Promise<string> {
  if (script.text !== undefined) return script.text;
  const file = script.file ?? '';
  if (folder === null) {
    throw new StepRefused(
      `The step names the script file "${file}", and this server has no folder of scripts. Give the script's text in the step, or let an admin set the folder.`,
    );
  }
  const [root, path] = await Promise.all([findReal(folder), findReal(join(folder, file))]);
  if (root === null || path === null) {
    throw new StepRefused(`There is no script "${file}" in ${folder}. Put it there, or correct script.file.`);
  }
  if (!path.startsWith(root + sep)) {
    throw new StepRefused(`The script "${file}" is not in ${folder}. Only what is in that folder is sent.`);
  }
  const { size } = await stat(path);
  if (size > SCRIPT_BYTES_MAX) {
    throw new StepRefused(`The script "${file}" has ${size} bytes; at most ${SCRIPT_BYTES_MAX} are sent.`);
  }
  return readFile(path, 'utf8');
}

async function findReal(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
