/** The names on the way that an RFC 6901 pointer goes. */
export function pointerParts(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A pointer with one more name at its end. */
export function pointerTo(base: string, name: string | number): string {
  return `${base}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The way as people write it: `pools[0].size.min`. */
export function memberPath(pointer: string): string {
  let path = '';
  for (const part of pointerParts(pointer)) {
    if (/^\d+$/.test(part)) path += `[${part}]`;
    else if (/^[\w-]+$/.test(part)) path += path === '' ? part : `.${part}`;
    else path += `[${JSON.stringify(part)}]`;
  }
  return path;
}
