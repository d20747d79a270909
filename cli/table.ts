import Table from 'cli-table3';
import { choosePlaces, fitWidths, GAP } from './column-widths.ts';
import type { Width } from './column-widths.ts';

/**
 * A column: what stands over it, what stands in it, and how it is painted. `isKept`: never cut to fit the terminal. `isExtra`:
 * cut before all others, and left out where there is no room.
 */
export type Column<T> = {
  readonly title: string;
  readonly text: (row: T) => string;
  readonly paint?: (text: string, row: T) => string;
  readonly isKept?: boolean;
  readonly isExtra?: boolean;
  readonly isNumber?: boolean;
};

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
};

/**
 * Rows under titles, at most `width` characters wide: extra columns are cut first, then left out, then the widest are cut. Columns that are empty in every
 * row are left out.
 */
export function renderTable<T>(input: {
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly width: number;
  readonly paintTitle: (text: string) => string;
}): string {
  const { rows, width, paintTitle } = input;
  const filled = input.columns
    .map((column) => ({ ...column, cells: rows.map((row) => onOneLine(column.text(row))) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''))
    .map((column) => ({ ...column, ...measure(column) }));
  if (filled.length === 0) return '';
  const shown = choosePlaces(filled, width);
  const widths = fitWidths(shown, width);
  const table = new Table({
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: shown.map(({ title }) => paintTitle(title)),
    colWidths: widths,
    colAligns: shown.map(({ isNumber }) => (isNumber === true ? 'right' : 'left')),
  });
  rows.forEach((row, index) => {
    table.push(shown.map(({ cells, paint }) => (paint ?? keep)(cells[index] ?? '', row)));
  });
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A name and its value, which is painted last: escapes inside of a value are somebody else's. */
export type Fact = readonly [name: string, value: string, paint?: (text: string) => string];

/** Names before values, one each line; those without a value are left out. */
export function renderFacts(facts: readonly Fact[], paintName: (text: string) => string): string {
  const shown = facts.filter(([, value]) => value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown
    .map(([name, value, paint = keep]) => {
      return `${paintName(name.padEnd(width))}${' '.repeat(GAP)}${paint(onOneLine(value))}`;
    })
    .join('\n');
}

/** What others wrote must not move the cursor, colour the screen or break the lines of a table. */
export function onOneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}

const segmenter = new Intl.Segmenter();

/** What a person counts as one character is one, however many code points it has. */
export function characters(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function measure({
  title,
  cells,
  isKept = false,
  isExtra = false,
}: Pick<Column<never>, 'title' | 'isKept' | 'isExtra'> & { readonly cells: readonly string[] }): Width {
  return {
    width: Math.max(title.length, ...cells.map((cell) => characters(cell).length)),
    isKept,
    isExtra,
  };
}

function keep(text: string): string {
  return text;
}
