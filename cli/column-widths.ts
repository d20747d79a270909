/** Between two columns. Characters. */
export const GAP = 2;
/** A cut column shows at least so many characters. */
const WIDTH_MIN = 6;
/** An extra column that would be narrower says too little to be there. Characters. */
const EXTRA_WIDTH_MIN = 12;

export type Width = {
  /** Characters of what stands in it, its title included. */
  readonly width: number;
  /** Never cut. */
  readonly isKept: boolean;
  /** Cut before all others, and left out where there is no room for it. */
  readonly isExtra: boolean;
};

/** The columns that there is room for, extra ones left out from the last; all of them where none is extra. */
export function choosePlaces<T extends Width>(columns: readonly T[], most: number): T[] {
  let chosen = [...columns];
  const need = (): number => total(chosen.map(leastWidth));
  while (need() > most) {
    const extra = chosen.findLast(({ isExtra }) => isExtra);
    if (extra === undefined) break;
    chosen = chosen.filter((column) => column !== extra);
  }
  return chosen;
}

function leastWidth({ width, isExtra }: Width): number {
  return isExtra ? Math.min(width, EXTRA_WIDTH_MIN) : width;
}

/** The widths of the columns that are cut to fit, extra ones first; null is as wide as what stands in it. */
export function fitWidths(columns: readonly Width[], most: number): (number | null)[] {
  const widths = columns.map(({ width }) => width);
  cutWidest(widths, most, (index) => (columns[index]?.isExtra === true ? EXTRA_WIDTH_MIN : Infinity));
  cutWidest(widths, most, (index) => (columns[index]?.isKept === true ? Infinity : WIDTH_MIN));
  return widths.map((width, index) => (width < (columns[index]?.width ?? 0) ? width : null));
}

/** Cuts the widest of those that are wider than their least, one character at a time, until all fit. */
function cutWidest(widths: number[], most: number, least: (index: number) => number): void {
  while (total(widths) > most) {
    const candidates = widths.map((width, index) => (width > least(index) ? width : 0));
    const widest = Math.max(...candidates);
    if (widest === 0) return;
    widths[candidates.indexOf(widest)] = widest - 1;
  }
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);
}
