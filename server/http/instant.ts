let lastInstant = 0;
let lastText = new Date(0).toISOString();

/** An instant (milliseconds UTC) as RFC 3339. What is answered together often has the same one, so the last is kept. */
export function instantText(at: number): string {
  if (at !== lastInstant) {
    lastText = new Date(at).toISOString();
    lastInstant = at;
  }
  return lastText;
}

export function maybeInstantText(at: number | null): string | null {
  return at === null ? null : instantText(at);
}
