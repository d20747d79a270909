import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { JsonObject } from '@poolkeeper/core';
import type { ProgramTrial } from '@poolkeeper/server';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

type TrialAccount = NonNullable<ProgramTrial['account']>;
type Texts = Readonly<Record<string, string>>;

/** Readable by its owner alone: there are credentials in it. */
const PRIVATE_FILE_MODE = 0o600;
const ADVICE =
  'It is a JSON object such as {"params": {"account": "a-17"}, "credentials": {"management": {"token": "…"}, "current": {"apikey": "…"}}}; ' +
  'see docs/writing-a-provider.md, "Test it".';

/**
 * The account of a file that a program is tried on. After each rotation the file has the credential that is in force then: without
 * that, nobody could open the account any more.
 *
 * Errors: `CliError`, which repeats nothing of what is in the file.
 */
export function readTrialAccount(path: string): TrialAccount {
  const file = parse(path);
  const { params, credentials, rotates = true, plant = null, ...unknown } = file;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) throw refuse(path, `"${stranger}" is not known in it`);
  const given = isObject(credentials) ? credentials : {};
  const account = {
    params: isObject(params) ? params : {},
    credentials: {
      management: textsOf(path, 'management', given['management']),
      current: textsOf(path, 'current', given['current']),
    },
    rotates: rotates !== false,
    plant: plant === null ? null : plantOf(path, plant),
  };
  if (account.credentials.management === null && account.credentials.current === null)
    throw refuse(path, 'it has no "credentials"');
  return { ...account, keep: (kept) => Promise.resolve(write(path, { ...file, credentials: kept })) };
}

/** In one step: a crash leaves the file as it was or as it is to be. */
function write(path: string, file: object): void {
  const next = `${path}.next`;
  writeFileSync(next, `${JSON.stringify(file, null, 2)}\n`, { mode: PRIVATE_FILE_MODE, flush: true });
  renameSync(next, path);
}

function parse(path: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    // What JSON says about a fault repeats the text, which holds credentials.
    const { code } = error as NodeJS.ErrnoException;
    throw refuse(path, code === undefined ? 'it is no JSON' : `it cannot be read (${code})`);
  }
  if (!isObject(value)) throw refuse(path, 'it is no object');
  return value;
}

function textsOf(path: string, part: string, value: unknown): Texts | null {
  if (value === undefined || value === null) return null;
  const isFine = isObject(value) && Object.values(value).every((text) => typeof text === 'string');
  if (!isFine) throw refuse(path, `"credentials.${part}" is no object of texts`);
  return value as Texts;
}

function plantOf(path: string, value: unknown): NonNullable<TrialAccount['plant']> {
  const { command, leaves } = isObject(value) ? value : {};
  const isCommand = Array.isArray(command) && command.every((text) => typeof text === 'string');
  const isList =
    Array.isArray(leaves) &&
    leaves.every((one) => isObject(one) && typeof one['kind'] === 'string' && typeof one['id'] === 'string');
  if (isCommand && command.length > 0 && isList) return value as NonNullable<TrialAccount['plant']>;
  throw refuse(path, '"plant" is no {"command": ["./make.sh"], "leaves": [{"kind": "bucket", "id": "b-1"}]}');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(path: string, why: string): CliError {
  return new CliError(`The account file ${path} cannot be used: ${why}.`, {
    advice: ADVICE,
    exitCode: EXIT.usage,
  });
}
