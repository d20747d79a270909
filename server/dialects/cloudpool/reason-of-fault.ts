import type { InputFault } from '@poolkeeper/core';

/**
 * What a provider finds wrong about its options, or at `/template` about its template, in the words of a configuration:
 * `path: reason`, with the path from the configuration's root.
 */
export function reasonOfFault({ pointer, message }: InputFault): string {
  const [first = '', ...rest] = pointer.split('/').slice(1).map(unescapePointer);
  if (first === 'template') return said('provisioningTemplate', rest, message);
  if (first === 'cloudPool') return said('name', rest, message);
  return said('cloudApiSettings', first === 'settings' ? rest : [first, ...rest], message);
}

function said(section: string, path: readonly string[], message: string): string {
  return [section, ...(path.length === 0 ? [] : [path.join('.')]), message].join(': ');
}

/** RFC 6901. */
function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
