import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ChainVerification, Finding } from '@poolkeeper/turnover-record';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { formatCount } from '../format-bytes.ts';
import { formatClock, formatRelative, formatSpan } from '../format-time.ts';
import { colorsFor, printJson, printLine, printText } from '../output.ts';
import type { Colors } from '../output.ts';
import type { Runtime } from '../runtime.ts';
import { onOneLine } from '../table.ts';

/** `maxAge` is milliseconds. */
export type VerifyOptions = { readonly keys: string; readonly maxAge?: number; readonly json?: boolean };

/** Far above any chain; what is larger would not fit into memory several times. */
const FILE_BYTES_MAX = 256 * 1_024 * 1_024;

type Verdict = ChainVerification['verdict'];

const EXIT_OF: Readonly<Record<Verdict, number>> = {
  proven: EXIT.ok,
  tampered: EXIT.tampered,
  gap: EXIT.recordMissing,
  wrongKey: EXIT.wrongKey,
  unproven: EXIT.unproven,
};
const SAID: Readonly<Record<Verdict, string>> = {
  proven:
    'PROVEN: every record is there, is as it was signed, and tells of a hand-over that was proven clean.',
  tampered: 'TAMPERED WITH: somebody changed what was signed. Ask the server for a new export.',
  gap: 'A GAP: what is here does not make the whole chain. Ask the server for a new export.',
  wrongKey:
    'ANOTHER KEY: it was signed by a key that KEYS does not have, or no longer. Get the keys of the server that signed.',
  unproven:
    'NOT PROVEN: the history is whole and as it was signed, and not every turnover of it was verified.',
};

/**
 * `poolkeeper verify`.
 *
 * Shape: leaves the exit code of the worst that was found. Errors: `CliError` for files that cannot be read.
 */
export async function verifyFile(runtime: Runtime, file: string, options: VerifyOptions): Promise<void> {
  const { context } = runtime;
  const maxAgeMs = options.maxAge ?? null;
  const [text, keys] = [await readText(context, file), await readText(context, options.keys)];
  const { verifyExport } = await import('@poolkeeper/turnover-record');
  const found = await verifyExport(text, keys);
  if (found.verdict === 'unreadable') {
    const name = found.file === 'keys' ? options.keys : file;
    throw new CliError(onOneLine(`${name}: ${found.message}`), {
      advice: 'Nothing was verified.',
      exitCode: EXIT.usage,
    });
  }
  const old = found.chains.flatMap((chain) => findingOfAge(chain, maxAgeMs, context.now()));
  const findings = [...found.findings, ...old];
  const isProven = found.verdict === 'proven' || found.verdict === 'unproven';
  const verdict = isProven && old.length > 0 ? 'gap' : found.verdict;
  runtime.exitCode = EXIT_OF[verdict];
  if (options.json === true) {
    return printJson(context.stdout, { verdict, chains: found.chains.map(forPrograms), findings });
  }
  const colors = colorsFor(context.stdout, context.environment);
  for (const chain of found.chains) printChain(context, colors, chain);
  for (const { kind, resource, message } of findings) {
    printText(
      context.stdout,
      `${colors.red(kind === 'wrongKey' ? 'wrong key' : kind)} ${onOneLine(`${resource}: ${message}`)}`,
    );
  }
  const paint = verdict === 'proven' ? colors.green : colors.red;
  printText(context.stdout, paint(SAID[verdict]));
}

function printChain(context: CliContext, colors: Colors, chain: ChainVerification): void {
  const { resource, entries, head } = chain;
  const records = entries.flatMap(({ record }) => (record === null ? [] : [record]));
  const last = records.at(-1);
  const name = last === undefined ? resource : `${last.name} (${resource})`;
  const signed = `${records.length} of ${formatCount(entries.length, 'record')} signed by known keys`;
  const until =
    head === null
      ? 'without a signed end'
      : `as it was on ${formatClock(instant(head.exportedAt))} (${formatRelative(instant(head.exportedAt), context.now())})`;
  printLine(context.stdout, `${colors.bold(onOneLine(name))}: ${signed}, ${until}`);
  const counts = new Map<string, number>();
  for (const { verdict } of records) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const verdicts = [...counts].map(([verdict, count]) => `${count} ${onOneLine(verdict)}`).join(', ');
  if (verdicts !== '') printLine(context.stdout, `  ${verdicts}`);
  const keys = [...new Set(entries.flatMap(({ kid }) => (kid === null ? [] : [kid])))];
  for (const kid of keys) printLine(context.stdout, `  by key ${onOneLine(kid)}`);
}

/** An old export is whole by itself: only its reader knows how old is too old. */
function findingOfAge(
  { resource, head }: ChainVerification,
  maxAgeMs: number | null,
  now: number,
): Finding[] {
  if (maxAgeMs === null || head === null || now - head.exportedAt <= maxAgeMs) return [];
  const age = formatSpan(now - head.exportedAt);
  return [
    {
      kind: 'gap',
      resource,
      number: null,
      message: `The export is ${age} old: later records are not in it.`,
    },
  ];
}

function forPrograms({ resource, verdict, entries, head }: ChainVerification): object {
  const records = entries.map(({ number, kid, record }) => ({
    number,
    kid,
    isSigned: record !== null,
    verdict: record?.verdict ?? null,
    epoch: record?.epoch ?? null,
    holder: record?.holder ?? null,
    endedAt: record === null ? null : instant(record.endedAt),
  }));
  const end =
    head === null ? null : { count: head.count, hash: head.hash, exportedAt: instant(head.exportedAt) };
  return { resource, verdict, head: end, records };
}

/** What a file says of time may be nonsense; then it is shown as the number that it is. */
function instant(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}

async function readText({ workingDirectory }: CliContext, file: string): Promise<string> {
  const path = resolve(workingDirectory, file);
  try {
    const { size } = await stat(path);
    if (size > FILE_BYTES_MAX) throw new Error(`it is larger than ${FILE_BYTES_MAX / 1_024 / 1_024} MiB`);
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`${file} cannot be read: ${why}.`, {
      advice: 'Name a file that is there. Nothing was verified.',
      exitCode: EXIT.usage,
      cause,
    });
  }
}
