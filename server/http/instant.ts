/** Texts that are kept: what is answered together has few instants, and writing one costs as much as finding a route. */
const KEPT = 256;
const instants = new Float64Array(KEPT).fill(-1);
const texts: string[] = [];

/** An instant (milliseconds UTC) as RFC 3339. */
export function instantText(at: number): string {
  const place = at % KEPT;
  const known = texts[place];
  if (instants[place] === at && known !== undefined) return known;
  const text = new Date(at).toISOString();
  instants[place] = at;
  texts[place] = text;
  return text;
}

export function maybeInstantText(at: number | null): string | null {
  return at === null ? null : instantText(at);
}
