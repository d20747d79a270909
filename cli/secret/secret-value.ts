import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

/** Bytes of a secret; the server takes no more. */
const SECRET_BYTES_MAX = 65_536;

/**
 * The value of a secret: a file as it is, else what a person types without seeing it, else standard input without the newline
 * at its end. It is never an argument: those are in the history of shells and the list of processes.
 *
 * Errors: `CliError`, which never repeats it.
 */
export async function readSecretValue(
  context: Pick<CliContext, 'workingDirectory' | 'isInteractive' | 'askHidden' | 'readInput'>,
  name: string,
  file: string | undefined,
): Promise<string> {
  if (file !== undefined) return checked(await bytesOf(resolve(context.workingDirectory, file)), file);
  if (!context.isInteractive) {
    const text = checked(await context.readInput(SECRET_BYTES_MAX + 2), 'standard input');
    return nonEmpty(text.replace(/\r?\n$/, ''), 'standard input');
  }
  const typed = await context.askHidden(`Value of ${name} (it is not shown): `);
  if (typed === undefined) throw refuse('Nothing was typed.');
  return nonEmpty(typed, 'what was typed');
}

function checked(bytes: Uint8Array, source: string): string {
  if (bytes.length > SECRET_BYTES_MAX + 1)
    throw refuse(`There are more than ${SECRET_BYTES_MAX} bytes in ${source}.`);
  try {
    return nonEmpty(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), source);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw refuse(`There is no UTF-8 text in ${source}. Encode other bytes as base64 first.`);
  }
}

function nonEmpty(text: string, source: string): string {
  if (text !== '') return text;
  throw refuse(`There is nothing in ${source}.`);
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw refuse(`The file ${path} cannot be read.`, cause);
  }
}

function refuse(message: string, cause?: unknown): CliError {
  return new CliError(message, {
    advice: 'Nothing was changed. Give the value on standard input, with --file, or type it when asked.',
    exitCode: EXIT.usage,
    cause,
  });
}
