/** Where something stands: line and column count from 1. */
export type Position = { readonly file: string; readonly line: number; readonly column: number };

/** One thing that is wrong with a file. `member` is its path as people write it: `pools[0].size.min`; empty is the file. */
export type ConfigurationFault = Position & {
  readonly pointer: string;
  readonly member: string;
  /** What is wrong, and what is allowed. */
  readonly message: string;
};

/** Faults that one refusal names; a file that is wrong all over is not read to its end by anybody. */
export const FAULTS_MAX = 20;

/**
 * Configuration files that cannot be used: what is wrong, where, and what is allowed instead.
 *
 * `message` has a line per fault, `file:line:column: member: what is wrong`, as compilers write it and editors understand.
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  /** In the order of the files, at most `FAULTS_MAX` of them. */
  readonly faults: readonly ConfigurationFault[];
  readonly lines: readonly string[];

  constructor(faults: readonly ConfigurationFault[], options?: { cause?: unknown }) {
    const files = [...new Set(faults.map(({ file }) => file))];
    const inOrder = faults.toSorted(
      (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
    );
    const named = inOrder.slice(0, FAULTS_MAX);
    const lines = named.map(describe);
    if (inOrder.length > named.length) lines.push(`… and ${inOrder.length - named.length} more.`);
    super(lines.join('\n'), options);
    this.faults = named;
    this.lines = lines;
  }
}

/** A fault of a file as a whole, such as one that cannot be read. */
export function faultOfFile(file: string, message: string): ConfigurationFault {
  return { file, line: 1, column: 1, pointer: '', member: '', message };
}

function describe({ file, line, column, member, message }: ConfigurationFault): string {
  return `${file}:${line}:${column}: ${member === '' ? '' : `${member}: `}${message}`;
}
