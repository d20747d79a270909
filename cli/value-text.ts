import { readFile } from 'node:fs/promises';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/** Characters of a value, far above what the API takes. */
const TEXT_MAX = 1_024 * 1_024;

export type Members = Readonly<Record<string, unknown>>;

/**
 * Reads the object that an option gives: as JSON or YAML, or as `@FILE` that holds it, from the working directory.
 *
 * Errors: `CliError` that names the option, what is wrong, and where.
 */
export async function readMembers(option: string, text: string): Promise<Members> {
  const source = text.startsWith('@') ? await readText(option, text.slice(1)) : text;
  if (source.length > TEXT_MAX) throw refusal(option, 'that is too long');
  const value = await parseText(option, source);
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Members;
  throw refusal(option, 'an object is needed');
}

async function parseText(option: string, text: string): Promise<unknown> {
  // Only who has something to parse pays for loading the parser.
  const { parse } = await import('yaml');
  try {
    return parse(text, { maxAliasCount: 100 });
  } catch (cause) {
    const [first = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw refusal(option, `it is neither JSON nor YAML: ${first.replace(/:$/, '')}`, cause);
  }
}

async function readText(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw refusal(option, `${file} cannot be read: ${why}`, cause);
  }
}

function refusal(option: string, what: string, cause?: unknown): CliError {
  return new CliError(`${option}: ${what}.`, {
    advice: `Give it as JSON or YAML, such as '{image: "web:2"}', or as @FILE.`,
    exitCode: EXIT.usage,
    cause,
  });
}
