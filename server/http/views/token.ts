import { formatDuration } from '@poolkeeper/core';
import type { Token } from '@poolkeeper/core';
import { instantText, maybeInstantText } from '../instant.ts';
import type { TokenBody } from '../schemas/token.ts';

/** A token as the API shows it: neither its secret, which nobody has, nor its digest. */
export function viewToken(token: Token): TokenBody {
  const { durationMs, ...counts } = token.quota;
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    pools: token.pools,
    quota: { ...counts, ...(durationMs === undefined ? {} : { duration: formatDuration(durationMs) }) },
    labels: token.labels ?? null,
    createdAt: instantText(token.createdAt),
    expiresAt: maybeInstantText(token.expiresAt),
  };
}
