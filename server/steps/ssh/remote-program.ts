import { createHash } from 'node:crypto';

/** How long work may take to end after it was asked to (SIGTERM), before it is killed. Seconds, as the shell's `sleep` has it. */
export const TERM_GRACE_S = 2;

/** What is done on the machine. All texts are data, but `shell`, which a shell reads as it is. */
export type RemoteWork = {
  /** The step's idempotency key: what an earlier attempt with the same one left running is ended first. */
  readonly key: string;
  /** Tells the attempts with one key apart. */
  readonly attempt: string;
  readonly shell: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: string | null;
  /** A directory of the machine that is removed at the end. */
  readonly directory: string | null;
};

/** Work that is a program and its arguments: the shell only makes way for it. */
export function programWork(command: readonly string[]): Pick<RemoteWork, 'shell' | 'args'> {
  return { shell: 'exec "$@"', args: command };
}

/** A text as one word of a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A name for what belongs to the attempts with a key; nobody can guess it who does not know the key. */
export function markOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

/**
 * The remote command, and what it reads from standard input first.
 *
 * The command itself is the same whatever is done, and plain enough for every login shell. The program comes by standard input,
 * so that variables, which may be secrets, never stand in a command line, where everybody on the machine could read them.
 * `dd` with one byte at a time reads that much and no more.
 */
export function remoteProgram(work: RemoteWork): { readonly command: string; readonly program: string } {
  const program = programText(work);
  const bytes = Buffer.byteLength(program);
  return { command: `exec /bin/sh -c 'eval "$(dd bs=1 count=${bytes} 2>/dev/null)"'`, program };
}

/**
 * Standard input stays open as long as the attempt wants the work: its end (an abort, a lost connection, a server that died)
 * ends the work, asked first and then killed. sshd itself leaves running what a lost session had started.
 */
function programText({ key, attempt, shell, args, environment, stdin, directory }: RemoteWork): string {
  const anyAttempt = `POOLKEEPER_STEP_MARK=:${markOf(key)}:`;
  const mark = `${anyAttempt}${attempt}:`;
  const remove = directory === null ? ':' : `rm -rf -- ${quote(directory)}`;
  const variables = Object.entries(environment).map(([name, text]) => `export ${name}=${quote(text)}`);
  const start = ['exec', '/bin/sh', '-c', quote(shell), 'sh', ...args.map(quote)].join(' ');
  return [
    'sweep() {',
    `  for e in $(grep -lsF -e "$1" /proc/[0-9]*/environ); do`,
    '    e=${e#/proc/}; kill -KILL "${e%/environ}"',
    '  done',
    '}',
    `sweep ${quote(anyAttempt)} 2>/dev/null`,
    'exec 3<&0 </dev/null',
    '(',
    "  trap '' TERM HUP INT PIPE",
    '  while read -r e; do :; done <&3',
    `  ${remove}`,
    '  kill -TERM 0',
    `  sleep ${TERM_GRACE_S}`,
    // Of this attempt alone: the next one may be under way already.
    `  sweep ${quote(mark)}`,
    '  kill -KILL 0',
    ') >/dev/null 2>&1 &',
    'watch=$!',
    'exec 3<&-',
    `${stdin === null ? '' : `printf %s ${quote(stdin)} | `}(`,
    ...variables,
    `export ${mark}`,
    start,
    ')',
    'code=$?',
    'exec 2>/dev/null',
    'kill -KILL "$watch"',
    remove,
    'exit "$code"',
    '',
  ].join('\n');
}
