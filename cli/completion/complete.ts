import type { Argument, Command, Option } from 'commander';

/** One word that may stand at the cursor. */
export type Suggestion = { readonly value: string; readonly description: string };

/** What a shell does beside offering the suggestions; numbers of the protocol that `@bomb.sh/tab` and its scripts speak. */
export const DIRECTIVE = { files: 0, nothingElse: 4, folders: 16 } as const;

export type Completion = { readonly suggestions: readonly Suggestion[]; readonly directive: number };

/** What a server has names of. A value is one of these by its placeholder: `<pool>`, `<lease...>`. */
export const NAME_KINDS = [
  'pool',
  'resource',
  'lease',
  'token',
  'provider',
  'workflow',
  'profile',
  'secret',
  'webhook',
] as const;
export type NameKind = (typeof NAME_KINDS)[number];

/** Answers names that a server has; none where it cannot. `pool`: the one that the line names already. */
export type FindNames = (kind: NameKind, pool: string | undefined) => Promise<readonly Suggestion[]>;

const NOTHING: Completion = { suggestions: [], directive: DIRECTIVE.nothingElse };
const FILES: Completion = { suggestions: [], directive: DIRECTIVE.files };

/** Where the cursor stands: in which command, behind how many arguments, and in whose value. */
type Place = {
  readonly command: Command;
  readonly argumentsBefore: number;
  readonly option: Option | undefined;
  /** Options that are there already, by their long flags. */
  readonly used: ReadonlySet<string>;
  readonly pool: string | undefined;
  /** Behind `--`, or in a command that somebody else's command stands behind: nothing is an option of ours. */
  readonly isBehindOptions: boolean;
};

/** What may stand at the end of a line. `words`: those after the program's name; the last one is being typed. */
export async function complete(
  program: Command,
  words: readonly string[],
  findNames: FindNames,
): Promise<Completion> {
  const typed = words.at(-1) ?? '';
  const place = findPlace(program, words.slice(0, -1));
  if (place === undefined) return NOTHING;
  const { command, option, pool, isBehindOptions } = place;
  if (option !== undefined) return completeValue(option, { typed, pool, findNames });
  const [flag, value] = split(typed);
  if (value !== undefined && !isBehindOptions) {
    const named = findOption(command, flag);
    return named === undefined ? NOTHING : completeValue(named, { typed: value, pool, findNames });
  }
  if (typed.startsWith('-') && !isBehindOptions) return only(typed, flagsOf(place));
  if (command.commands.length > 0) return only(typed, nounsOf(command));
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[place.argumentsBefore] ?? (last?.variadic === true ? last : undefined);
  return argument === undefined ? NOTHING : completeValue(argument, { typed, pool, findNames });
}

function findPlace(program: Command, before: readonly string[]): Place | undefined {
  let command = program;
  let argumentsBefore = 0;
  let pool: string | undefined;
  let isBehindOptions = false;
  const used = new Set<string>();
  for (let at = 0; at < before.length; at += 1) {
    const word = before[at] ?? '';
    if (isBehindOptions) argumentsBefore += 1;
    else if (word === '--') isBehindOptions = true;
    else if (word.startsWith('-')) {
      const [flag, value] = split(word);
      const option = findOption(command, flag);
      if (option?.long !== undefined && option.long !== null) used.add(option.long);
      if (option === undefined || !takesValue(option) || value !== undefined) continue;
      at += 1;
      const base = { command, argumentsBefore, used, pool, isBehindOptions };
      if (at === before.length) return { ...base, option };
      if (option.long === '--pool') pool = before[at];
    } else if (command.commands.length > 0) {
      const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
      if (next === undefined) return undefined;
      command = next;
    } else {
      argumentsBefore += 1;
      isBehindOptions = placeholderOf(command.registeredArguments[0]) === 'command';
    }
  }
  return { command, argumentsBefore, option: undefined, used, pool, isBehindOptions };
}

type Asked = { readonly typed: string; readonly pool: string | undefined; readonly findNames: FindNames };

/** The values of an option or an argument: its choices, or what its placeholder is known to mean. */
async function completeValue(
  subject: Option | Argument,
  { typed, pool, findNames }: Asked,
): Promise<Completion> {
  if (subject.argChoices !== undefined) {
    return only(
      typed,
      subject.argChoices.map((value) => ({ value, description: '' })),
    );
  }
  const placeholder = placeholderOf(subject);
  if (placeholder === 'file' || placeholder === 'command') return FILES;
  if (placeholder === 'folder') return { suggestions: [], directive: DIRECTIVE.folders };
  const kind = NAME_KINDS.find((one) => one === placeholder);
  return kind === undefined ? NOTHING : only(typed, await findNames(kind, pool));
}

function placeholderOf(subject: Option | Argument | undefined): string | undefined {
  if (subject === undefined) return undefined;
  if ('flags' in subject) return /[<[]([^>\].]+)/.exec(subject.flags)?.[1];
  return subject.name();
}

function flagsOf({ command, used }: Place): Suggestion[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long, parseArg }) => typeof long === 'string' && (parseArg !== undefined || !used.has(long)))
    .map(({ long, description }) => ({ value: long ?? '', description }));
}

function nounsOf(command: Command): Suggestion[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ value: one.name(), description: one.description() }));
}

function findOption(command: Command, flag: string): Option | undefined {
  return command.options.find(({ long, short }) => long === flag || short === flag);
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

/** `--pool=web` is the flag and its value. */
function split(word: string): [string, string | undefined] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function only(typed: string, suggestions: readonly Suggestion[]): Completion {
  return {
    suggestions: suggestions.filter(({ value }) => value.startsWith(typed)),
    directive: DIRECTIVE.nothingElse,
  };
}
