import type { Pool, PoolExplanation } from '@poolkeeper/client';

/** What a person can do about how a pool stands: one sentence. */
export function adviceOnPool({
  pool,
  explanation,
}: {
  readonly pool: Pick<Pool, 'name' | 'status' | 'provider'>;
  readonly explanation: PoolExplanation;
}): string {
  const { troubles, held, members, target, waiting, counts } = explanation;
  const { name } = pool;
  const [trouble] = troubles;
  if (pool.status === 'removing') return 'It goes by itself with its last member; leases that run end first.';
  if (held > 0) {
    return 'Look at what is held, then "poolkeeper resource retry", "skip" or "retire" it: nothing goes on there by itself.';
  }
  if (trouble !== undefined) {
    return `It is tried again by itself; "poolkeeper resource explain ${trouble.resource}" says more of what fails.`;
  }
  if (members === 0 && target === null) {
    return `Add members: poolkeeper resource register NAME --pool ${name}.`;
  }
  if (members === 0 && target === 0) return `Let it have members: poolkeeper pool set ${name} --size 3.`;
  const isFilling = target !== null && (members < target || (counts.requested ?? 0) > 0);
  if (isFilling) {
    return `Wait; "poolkeeper provider show ${pool.provider}" says how the provider does meanwhile.`;
  }
  if (waiting > 0) {
    const more =
      target === null
        ? 'register more members'
        : `make it larger: poolkeeper pool set ${name} --size ${target + 1}`;
    return `See who has what with "poolkeeper lease list --pool ${name}", or ${more}.`;
  }
  return 'There is nothing to do.';
}
