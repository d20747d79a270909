/** Ranges of one header that are looked at; further ones count as not sent. */
const RANGES_MAX = 50;

/** How closely a range names JSON; 0: not at all. */
const CLOSENESS: Readonly<Record<string, number>> = { 'application/json': 3, 'application/*': 2, '*/*': 1 };

/** Does an `Accept` header leave room for JSON? The range that names it most closely decides (RFC 9110). */
export function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  let closest = 0;
  let isAccepted = false;
  for (const range of accept.split(',', RANGES_MAX)) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const closeness = CLOSENESS[type] ?? 0;
    if (closeness <= closest) continue;
    closest = closeness;
    isAccepted = parameters.every((parameter) => !/^q=0(\.0*)?$/.test(parameter));
  }
  return isAccepted;
}
