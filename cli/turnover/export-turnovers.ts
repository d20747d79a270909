import { rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ChainExport } from '@poolkeeper/turnover-record';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { formatCount } from '../format-bytes.ts';
import { printJson, printLine } from '../output.ts';
import { findResourceId } from '../resource/find-resource.ts';
import type { Session } from '../runtime.ts';

export type ExportOptions = { readonly pool?: string; readonly output?: string };

/** `poolkeeper turnover export`. Errors: those of the server; `CliError` where the file cannot be written, and none is there then. */
export async function exportTurnovers(
  session: Session,
  references: readonly string[],
  { pool, output }: ExportOptions,
): Promise<void> {
  const { client, context, isJson } = session;
  const chains: ChainExport[] = [];
  for (const reference of references) {
    const id = await findResourceId(client, reference, pool);
    const file = await client.resources.exportTurnovers(id);
    // A record is signed as it is: what the SDK calls it is what the file has.
    chains.push(...(file.chains as readonly ChainExport[]));
  }
  const { writeExport } = await import('@poolkeeper/turnover-record');
  const text = writeExport(chains);
  if (output === undefined) return context.stdout.write(text);
  const file = resolve(context.workingDirectory, output);
  await writeWhole(file, text);
  const records = chains.reduce((sum, chain) => sum + chain.records.length, 0);
  if (isJson) return printJson(context.stdout, { file, resources: chains.length, records });
  const counts = `${formatCount(records, 'record')} of ${formatCount(chains.length, 'resource')}`;
  printLine(context.stdout, `Wrote ${counts} to ${output}.`);
  printLine(context.stdout, `Verify it with "poolkeeper verify ${output} --keys KEYS.json", anywhere.`);
}

/** The file has its name when all of it is there. */
async function writeWhole(file: string, text: string): Promise<void> {
  const partial = `${file}.partial`;
  try {
    await writeFile(partial, text);
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`${file} cannot be written: ${why}.`, {
      advice: 'Name a file in a folder that you may write to with --output.',
      exitCode: EXIT.usage,
      cause,
    });
  }
}
