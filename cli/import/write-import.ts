import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { writeConfiguration } from '@poolkeeper/config-file';
import type { Json } from '@poolkeeper/core';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printLine } from '../output.ts';

/** Nobody but the owner reads what may hold credentials. */
const MODE = 0o600;

/** Writes a configuration to a file or standard output, and what there is to say about it to standard error. */
export function writeImport(
  context: Pick<CliContext, 'stdout' | 'stderr' | 'workingDirectory'>,
  {
    document,
    out,
    advice,
  }: { document: Record<string, Json>; out: string | undefined; advice: readonly string[] },
): void {
  const text = writeConfiguration(document);
  if (out === undefined) context.stdout.write(text);
  else writeOwned(context, out, text);
  for (const line of advice) printLine(context.stderr, `! ${line}`);
  const file = out ?? 'FILE';
  printLine(context.stderr, `Nothing was changed. See what it would do: poolkeeper plan -f ${file}`);
}

/** Writes a new file that its owner alone can read. Errors: `CliError`; what is there already stays. */
export function writeOwned(
  { workingDirectory }: Pick<CliContext, 'workingDirectory'>,
  file: string,
  text: string,
): void {
  try {
    writeFileSync(resolve(workingDirectory, file), text, { mode: MODE, flag: 'wx' });
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new CliError(
      `${file} was not written: ${isThere ? 'it is there already' : (cause as Error).message}.`,
      {
        advice: 'Name another file.',
        exitCode: EXIT.usage,
        cause,
      },
    );
  }
}

/** The same value, each text of which means itself. */
export function allLiterally(value: Json): Json {
  if (typeof value === 'string') return literally(value);
  if (Array.isArray(value)) return value.map((one: Json) => allLiterally(one));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, allLiterally(one)]));
}

/** A text of a configuration that is to mean itself, whatever is in it: `${env.X}` would be filled in. */
export function literally(text: string): string {
  return text.replaceAll('${env.', () => '$${env.');
}
