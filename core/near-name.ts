/** Longer names are not compared: nobody mistypes them into one that is known. */
const LENGTH_MAX = 40;

/** The known name that was probably meant: at most a third of its characters away, other case counting as nothing. */
export function nearName(wrong: string, known: Iterable<string>): string | undefined {
  if (wrong.length > LENGTH_MAX) return undefined;
  let nearest: { name: string; distance: number } | undefined;
  for (const name of known) {
    if (name.length > LENGTH_MAX) continue;
    const distance = editDistance(wrong.toLowerCase(), name.toLowerCase());
    if (distance > Math.max(1, Math.floor(name.length / 3))) continue;
    if (nearest === undefined || distance < nearest.distance) nearest = { name, distance };
  }
  return nearest?.name;
}

/** How many characters have to be added, taken away, changed or swapped with their neighbour. */
function editDistance(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      line[column] = Math.min(
        (above[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    [before, above] = [above, line];
  }
  return above[to.length] ?? 0;
}
