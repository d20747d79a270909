import type { Json } from '@poolkeeper/core';

/** Are maps and lists within each other no deeper than that? It looks no deeper itself. */
export function isWithinDepth(data: Json, depth: number): boolean {
  if (data === null || typeof data !== 'object') return true;
  if (depth === 0) return false;
  for (const member of Object.values(data)) if (!isWithinDepth(member as Json, depth - 1)) return false;
  return true;
}
