import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A file of the repository: its path from the root, with forward slashes, and its text. */
export type SourceFile = { path: string; text: string };

/** Says what is wrong with a file, one sentence each; nothing wrong is an empty list. */
export type HouseRule = (file: SourceFile) => string[];

/** Past this many lines a file has to say why it is so long. */
const FILE_LINES_MAX = 500;
/** The reason stands in the header, so that a reader meets it before the length. */
const HEADER_LINES = 20;
/** Names that tools and readers expect in capitals. */
const CAPITAL_NAMES = /^(README|CONTRIBUTING|CHANGELOG|SECURITY|LICENSE)([.]md)?$/;
/** What Docker, Helm and systemd look for under these names. */
const PRESCRIBED_NAMES = /^(Dockerfile|Chart[.]yaml|NOTES[.]txt|_helpers[.]tpl|poolkeeper@[.]service)$/;
const KEBAB_CASE = /^[.]?[a-z0-9]+(-[a-z0-9]+)*([.][a-z0-9]+(-[a-z0-9]+)*)*$/;
/** `new Date()` reads the wall clock; `new Date(at)` does not. */
const CLOCK_READ = /\bnew Date\(\s*\)|\bDate\(\s*\)/;
const GENERATED = /^(package-lock[.]json|openapi[/].*[.]json|.*[.]gen[.]ts)$/;

/** Marks that say a thing is unfinished, without the issue that finishes it. */
const MARKS = /\b(TODO(?!\(#\d+\):)|FIXME|XXX|HACK)\b/;
/** A path that exists on one machine only. Paths under the system's own directories (`/tmp`, `/usr`) are everywhere. */
const MACHINE_PATH = /(?<![\w.:/{}-])\/(work|root|farm|home\/[a-z]+|Users\/\w+)\//;

export function fileIsShort({ path, text }: SourceFile): string[] {
  const lines = text.split('\n');
  if (!/[.](ts|js|mjs)$/.test(path) || lines.length - 1 <= FILE_LINES_MAX) return [];
  if (lines.slice(0, HEADER_LINES).some((line) => line.includes('Why so long:'))) return [];
  return [
    `${path}: ${lines.length - 1} lines; split it, or say "Why so long:" in its first ${HEADER_LINES} lines`,
  ];
}

export function nameIsKebabCase({ path }: SourceFile): string[] {
  const isFine = (name: string): boolean =>
    KEBAB_CASE.test(name) ||
    CAPITAL_NAMES.test(name) ||
    (path.startsWith('deploy/') && PRESCRIBED_NAMES.test(name));
  const wrong = path.split('/').find((part) => !isFine(part));
  return wrong === undefined ? [] : [`${path}: "${wrong}" is not kebab-case`];
}

export function clockIsPassedIn({ path, text }: SourceFile): string[] {
  if (!/^(core|server)\/.*[.]ts$/.test(path) || path.endsWith('.test.ts')) return [];
  if (basename(path) === 'system-clock.ts') return [];
  return linesWith(text, CLOCK_READ).map(
    (line) => `${path}:${line}: reads the clock; take the time that is passed in`,
  );
}

export function noUnfinishedMarks({ path, text }: SourceFile): string[] {
  return linesWith(text, MARKS).map((line) => `${path}:${line}: a mark without an issue; write TODO(#12): …`);
}

export function noMachinePaths({ path, text }: SourceFile): string[] {
  return linesWith(text, MACHINE_PATH).map((line) => `${path}:${line}: names a path of one machine`);
}

export const HOUSE_RULES: Record<string, HouseRule> = {
  'a file of code over 500 lines says why': fileIsShort,
  'files and directories are kebab-case': nameIsKebabCase,
  'the core and the server are told the time': clockIsPassedIn,
  'unfinished work names its issue': noUnfinishedMarks,
  'no path of one machine': noMachinePaths,
};

function linesWith(text: string, pattern: RegExp): number[] {
  return text.split('\n').flatMap((line, index) => (pattern.test(line) ? [index + 1] : []));
}

/** Every file that is committed or about to be, generated ones aside. Files that hold no text are left out. */
export function readRepository(root: string): SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  return listed
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '' && !GENERATED.test(path))
    .filter((path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true)
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter(({ text }) => !text.includes('\0'));
}
