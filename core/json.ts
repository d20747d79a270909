/** Plain data as JSON knows it. Documents of the world hold nothing else, so each can be stored and sent as it is. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** Text that is equal for equal data, whatever the order of members was. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const object = value as JsonObject;
  const members = Object.keys(object)
    .toSorted()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(object[name] as Json)}`);
  return `{${members.join(',')}}`;
}

/** Do two values say the same? As with `canonicalJson`, the order of members does not matter; and no text is made of them. */
export function isSameJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    const areLists = Array.isArray(a) && Array.isArray(b) && a.length === b.length;
    return areLists && a.every((value: Json, index) => isSameJson(value, b[index] as Json));
  }
  const members = Object.keys(a);
  if (members.length !== Object.keys(b).length) return false;
  return members.every(
    (member) => Object.hasOwn(b, member) && isSameJson(memberOf(a, member), memberOf(b, member)),
  );
}

function memberOf(value: object, member: string): Json {
  return (value as Record<string, Json>)[member] as Json;
}
