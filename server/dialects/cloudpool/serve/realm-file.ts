import { noCredential, readCredential } from './credential.ts';
import type { Credential } from './credential.ts';

/** Users and what they may be: `unknown` for a wrong user or password. */
export type Realm = {
  /** Roles of the user whose password this is, or undefined. */
  login(user: string, password: string): ReadonlySet<string> | undefined;
  /** Has anybody the role? */
  hasRole(role: string): boolean;
};

/** Bytes; a line for each of some thousand users. */
export const REALM_BYTES_MAX = 1_048_576;

/** What is wrong with a realm file: a line for each, with its number. No line repeats a secret. */
export class RealmFault extends Error {
  override readonly name = 'RealmFault';
}

type User = { readonly credential: Credential; readonly roles: ReadonlySet<string> };

/** A line with the lines that it goes on with, and the number of its first. */
type Line = { readonly number: number; readonly text: string };

/** A name up to the first separator that is not escaped, and what follows it. */
const ENTRY = /^((?:[^\\:=\s]|\\.)*)\s*[:=\s]\s*(.*)$/s;

/**
 * Reads a realm file as Jetty's HashLoginService has it: `user: secret,ROLE,ROLE…` on each line, in the format of Java's property files.
 *
 * Errors: `RealmFault` with everything that is wrong.
 * Source: Jetty 9, `PropertyUserStore`; `java.util.Properties` for comments, continued lines and escapes.
 */
export function readRealm(text: string, key: Uint8Array): Realm {
  const users = new Map<string, User>();
  const faults: string[] = [];
  for (const { number, text: line } of linesOf(text)) {
    try {
      const [name, user] = readUser(line, key);
      if (users.has(name))
        throw new Error(`user ${JSON.stringify(name)} is there already; leave one of the lines out`);
      users.set(name, user);
    } catch (error) {
      faults.push(`line ${number}: ${(error as Error).message}`);
    }
  }
  if (faults.length === 0 && users.size === 0) faults.push('there is no user in it');
  if (faults.length > 0) throw new RealmFault(faults.join('; '));
  const nobody: User = { credential: noCredential(key), roles: new Set() };
  return {
    login: (name, password) => {
      const { credential, roles } = users.get(name) ?? nobody;
      return credential.fits(password) ? roles : undefined;
    },
    hasRole: (role) => [...users.values()].some(({ roles }) => roles.has(role)),
  };
}

/** Without comments and empty lines; a line that ends with an odd number of backslashes goes on with the next. */
function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let open: Line | undefined;
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const part = raw.trimStart();
    if (open === undefined && (part === '' || /^[#!]/.test(part))) continue;
    const isContinued = (/\\*$/.exec(part)?.[0].length ?? 0) % 2 === 1;
    const { number, text: before }: Line = open ?? { number: index + 1, text: '' };
    const line = { number, text: before + (isContinued ? part.slice(0, -1) : part) };
    if (!isContinued) lines.push(line);
    open = isContinued ? line : undefined;
  }
  return open === undefined ? lines : [...lines, open];
}

function readUser(line: string, key: Uint8Array): [name: string, user: User] {
  const [, rawName, rawValue] = ENTRY.exec(line) ?? [];
  if (rawName === undefined || rawValue === undefined) throw new Error('"user: secret,ROLE" is needed');
  const name = unescape(rawName).trim();
  if (name === '') throw new Error('the name of the user is missing before the ":"');
  if (name.includes(':')) throw new Error('a user whose name has a ":" cannot log in');
  const [secret = '', ...roles] = unescape(rawValue)
    .split(',')
    .map((part) => part.trim());
  if (secret === '') throw new Error(`user ${JSON.stringify(name)} has no secret`);
  return [
    name,
    { credential: readCredential(secret, key), roles: new Set(roles.filter((role) => role !== '')) },
  ];
}

const ESCAPED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/** Escapes of property files: `\:` is a colon, `\u00e9` a letter by its number. */
function unescape(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|(.))/gs,
    (_all, code: string | undefined, letter: string = '') =>
      code === undefined ? (ESCAPED[letter] ?? letter) : String.fromCharCode(parseInt(code, 16)),
  );
}
