import type { Output } from './context.ts';

/** Lines are cut at the edge instead of going on in the next row, so that a line is a row. */
const WRAP_OFF = '\u001b[?7l';
const WRAP_ON = '\u001b[?7h';
const CLEAR_LINE_TO_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const CLEAR_ALL = '\u001b[H\u001b[2J';

/** Shows one text after the other in the same place of a terminal; what was shown last stays there at the end. */
export class Screen {
  readonly #output: Output;
  #rowsDrawn = 0;
  #columns: number;

  constructor(output: Output) {
    this.#output = output;
    this.#columns = output.columns;
  }

  /** In one write, so that nothing flickers. */
  draw(text: string): void {
    const { columns, rows } = this.#output;
    const lines = fit(text.replace(/\n+$/, '').split('\n'), Math.max(1, rows - 1));
    // A terminal of another width has broken the lines anew, and nobody knows into how many rows.
    const start = columns === this.#columns ? backTo(this.#rowsDrawn) : CLEAR_ALL;
    // Erased before and not after it is written: behind the last column the last character would go.
    const body = lines.map((line) => `${CLEAR_LINE_TO_END}${line}\n`).join('');
    this.#output.write(`${start}${WRAP_OFF}${body}${WRAP_ON}${CLEAR_BELOW}`);
    this.#rowsDrawn = lines.length;
    this.#columns = columns;
  }
}

/** Takes in what a command prints, to be shown all at once. It is as wide as the output that it stands for. */
export class Capture implements Output {
  text = '';
  readonly #like: Output;

  constructor(like: Output) {
    this.#like = like;
  }

  get isTerminal(): boolean {
    return this.#like.isTerminal;
  }

  get isGone(): boolean {
    return this.#like.isGone;
  }

  get columns(): number {
    return this.#like.columns;
  }

  get rows(): number {
    return this.#like.rows;
  }

  write(text: string): void {
    this.text += text;
  }
}

function fit(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  const shown = Math.max(0, rows - 1);
  return [...lines.slice(0, shown), `… ${lines.length - shown} more lines, for which the window is too low`];
}

function backTo(rows: number): string {
  return rows === 0 ? '\r' : `\r\u001b[${rows}A`;
}
