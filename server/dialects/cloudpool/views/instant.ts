/** An instant (milliseconds UTC) as clients read it: RFC 3339 with milliseconds and `Z`. */
export function instantText(at: number): string {
  return new Date(at).toISOString();
}
