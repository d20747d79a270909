import Table from 'cli-table3';

/** A column: what stands over it, what stands in it, and how it is painted. `isKept`: never cut to fit the terminal. */
export type Column<T> = {
  readonly title: string;
  readonly text: (row: T) => string;
  readonly paint?: (text: string, row: T) => string;
  readonly isKept?: boolean;
  readonly isNumber?: boolean;
};

const GAP = 2;
/** A cut column shows at least so many characters. */
const WIDTH_MIN = 6;
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
 * Rows under titles, at most `columns` characters wide: the widest columns are cut first. Columns that are empty in every
 * row are left out.
 */
export function renderTable<T>(input: {
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly width: number;
  readonly paintTitle: (text: string) => string;
}): string {
  const { rows, width, paintTitle } = input;
  const shown = input.columns
    .map((column) => ({ ...column, cells: rows.map((row) => onOneLine(column.text(row))) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  if (shown.length === 0) return '';
  const widths = fitWidths(
    shown.map(({ title, cells, isKept }) => ({
      width: Math.max(title.length, ...cells.map((cell) => characters(cell).length)),
      isKept: isKept === true,
    })),
    width,
  );
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

/** Names before values, one each line; those without a value are left out. */
export function renderFacts(
  facts: readonly (readonly [string, string])[],
  paintName: (text: string) => string,
): string {
  const shown = facts.filter(([, value]) => value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown
    .map(([name, value]) => `${paintName(name.padEnd(width))}${' '.repeat(GAP)}${onOneLine(value)}`)
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

function keep(text: string): string {
  return text;
}

/** The widths of the columns that are cut to fit; null is as wide as what stands in it. */
function fitWidths(
  columns: readonly { readonly width: number; readonly isKept: boolean }[],
  most: number,
): (number | null)[] {
  const widths = columns.map(({ width }) => width);
  const total = (): number => widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);
  while (total() > most) {
    const candidates = columns.map(({ isKept }, index) => (isKept ? 0 : (widths[index] ?? 0)));
    const widest = Math.max(...candidates);
    if (widest <= WIDTH_MIN) break;
    widths[candidates.indexOf(widest)] = widest - 1;
  }
  return widths.map((width, index) => (width < (columns[index]?.width ?? 0) ? width : null));
}
