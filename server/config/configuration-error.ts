/** Where something stands in the file: both count from 1. */
export type Position = { readonly line: number; readonly column: number };

/** One thing that is wrong with the file. `member` is its path as people write it: `pools[0].size.min`; empty is the file. */
export type ConfigurationFault = Position & {
  readonly pointer: string;
  readonly member: string;
  /** What is wrong, and what is allowed. */
  readonly message: string;
};

/** Faults that one refusal names; a file that is wrong all over is not read to its end by anybody. */
export const FAULTS_MAX = 20;

/**
 * A configuration file that cannot be used: what is wrong, where, and what is allowed instead.
 *
 * `message` has a line per fault, `file:line:column: member: what is wrong`, as compilers write it and editors understand.
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly file: string;
  /** In the order of the file, at most `FAULTS_MAX` of them. */
  readonly faults: readonly ConfigurationFault[];
  readonly lines: readonly string[];

  constructor(file: string, faults: readonly ConfigurationFault[], options?: { cause?: unknown }) {
    const inOrder = faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const named = inOrder.slice(0, FAULTS_MAX);
    const lines = named.map((fault) => describe(file, fault));
    if (inOrder.length > named.length) lines.push(`… and ${inOrder.length - named.length} more.`);
    super(lines.join('\n'), options);
    this.file = file;
    this.faults = named;
    this.lines = lines;
  }
}

function describe(file: string, { line, column, member, message }: ConfigurationFault): string {
  return `${file}:${line}:${column}: ${member === '' ? '' : `${member}: `}${message}`;
}
