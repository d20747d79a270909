import type { Client } from 'pg';

/** What was deleted is remembered for so many batches: a replica that is further behind reads everything. */
export const DELETED_BATCHES = 20_000;
/** Forgotten in one statement. */
const DELETED_ROWS = 10_000;

/**
 * Removes old events, leases and runs that are long over, and what runs put out then, at most `limit` of all together; answers how many.
 * Each is a statement of its own, so that none holds much for long.
 */
export async function pruneHistory(
  client: Client,
  input: { eventsBelow: number; endedBefore: number; limit: number },
): Promise<number> {
  const { eventsBelow, endedBefore, limit } = input;
  let removed = 0;
  const remove = async (text: string, bound: number): Promise<void> => {
    if (removed >= limit) return;
    const { rowCount } = await client.query(text, [bound, limit - removed]);
    removed += rowCount ?? 0;
  };
  await remove(
    `delete from poolkeeper.event where seq in (select seq from poolkeeper.event where seq < $1 order by seq limit $2)`,
    eventsBelow,
  );
  await remove(removeEnded('ended_lease'), endedBefore);
  await remove(removeEnded('ended_run'), endedBefore);
  await remove(
    `delete from poolkeeper.run_log where (run, seq) in (
       select run, seq from poolkeeper.run_log where at < $1 order by at, run, seq limit $2)`,
    endedBefore,
  );
  return removed;
}

/** Those of the oldest that ended before the instant. */
function removeEnded(table: 'ended_lease' | 'ended_run'): string {
  return `delete from poolkeeper.${table} where number in (
    select number from (select number, ended_at from poolkeeper.${table} order by number limit $2) oldest where ended_at < $1)`;
}

/**
 * Forgets what was deleted by batches up to this one, and says so to who would follow from before it, in the same transaction. Some may stay
 * until the next time.
 */
export async function forgetDeleted(client: Client, upTo: number): Promise<void> {
  if (upTo <= 0) return;
  await client.query(
    `with moved as (update poolkeeper.horizon set batch = greatest(batch, $1) returning batch)
     delete from poolkeeper.document d using moved, (
       select kind, id from poolkeeper.document where document is null and batch <= $1 order by batch limit ${DELETED_ROWS}
     ) old
     where d.kind = old.kind and d.id = old.id and d.document is null and d.batch <= $1`,
    [upTo],
  );
}

/** The same with what is older than its time. */
export async function forgetLongDeleted(client: Client): Promise<void> {
  const { rows } = await client.query<{ batch: number }>('select batch from poolkeeper.world');
  await forgetDeleted(client, (rows[0]?.batch ?? 0) - DELETED_BATCHES);
}
