import type { Client } from 'pg';
import { StaleTerm, StoreFailure } from '../contract.ts';
import type { Halt, Leadership, ReplicaCard } from '../shared-contract.ts';
import type { Connection, Patience } from './connection.ts';

/** Who has the world has to know soon whether it still does: what is not answered in this time is not waited for. */
const PATIENCE: Patience = { connectMs: 1_000, answerMs: 1_500 };

type Row = {
  readonly term: number;
  readonly keeper: string | null;
  readonly remaining_ms: number;
  readonly batch: number;
  readonly now: number;
  readonly halt: string | null;
};

const COLUMNS = `
  l.term, l.keeper, case when l.keeper is null then 0
    else ceil(greatest(0, extract(epoch from (l.held_until - clock_timestamp())) * 1000))::bigint end as remaining_ms,
  floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now, l.halt`;

const FIND = `select ${COLUMNS}, w.batch from poolkeeper.leadership l, poolkeeper.world w`;
const NOTE_TERM = `insert into poolkeeper.term (term, after_batch, keeper, began_at)
  select l.term, w.batch, l.keeper, clock_timestamp() from poolkeeper.leadership l, poolkeeper.world w`;

/**
 * The row that says who has the world. Times are the database's. It has a connection of its own, so that no renewal waits for a commit.
 */
export class LeadershipRow {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  find(): Promise<Leadership> {
    return this.#connection.use(PATIENCE, findLeadership);
  }

  acquire({ replica, forMs }: { replica: ReplicaCard; forMs: number }): Promise<Leadership> {
    return this.#connection.use(PATIENCE, async (client) => {
      const card = client.escapeLiteral(JSON.stringify(replica));
      const id = client.escapeLiteral(replica.id);
      // In one round trip, since clients wait for it. Statements without parameters are one transaction, and each sees what was
      // committed before it began. Whose answer was lost asks again, and gets a term that nothing of the lost one can be late for.
      const answers = (await client.query(`
        update poolkeeper.leadership set term = term + 1, keeper = ${card}, keeper_id = ${id},
            held_until = clock_timestamp() + ${Math.round(forMs)} * interval '1 millisecond'
          where halt is null and (keeper is null or keeper_id = ${id} or held_until <= clock_timestamp());
        with noted as (${NOTE_TERM}
            where l.keeper_id = ${id} and not exists (select from poolkeeper.term t where t.term = l.term)
          returning 1)
          select pg_notify('poolkeeper', '') from noted;
        ${FIND}`)) as unknown as readonly { readonly rows: readonly Row[] }[];
      return asLeadership(answers.at(-1)?.rows[0]);
    });
  }

  /** Takes the term from anybody. A halt stays, and keeps commits out. */
  claim(): Promise<Leadership> {
    return this.#connection.use(PATIENCE, (client) =>
      inTransaction(client, async () => {
        await client.query(
          'update poolkeeper.leadership set term = term + 1, keeper = null, keeper_id = null, held_until = null',
        );
        await noteTerm(client);
        return await findLeadership(client);
      }),
    );
  }

  async renew({ term, forMs }: { term: number; forMs: number }): Promise<Leadership> {
    const rows = await this.#connection.use(PATIENCE, async (client) => {
      const renewed = await client.query<Row>({
        name: 'renew',
        text: `update poolkeeper.leadership l set held_until = clock_timestamp() + $2 * interval '1 millisecond'
          where term = $1 and keeper is not null and halt is null
          returning ${COLUMNS}, (select batch from poolkeeper.world) as batch`,
        values: [term, forMs],
      });
      return renewed.rows;
    });
    if (rows[0] === undefined) {
      throw new StaleTerm(
        `Term ${term} is over: another replica has the world, or it was given up or halted.`,
      );
    }
    return asLeadership(rows[0]);
  }

  async resign(term: number): Promise<void> {
    await this.#change(
      'keeper = null, keeper_id = null, held_until = null',
      'term = $1 and keeper is not null',
      [term],
    );
  }

  async halt(halt: Halt): Promise<void> {
    await this.#change('halt = $1, halts = halts + 1', 'halt is null', [JSON.stringify(halt)]);
  }

  async resume(): Promise<void> {
    await this.#change('halt = null', 'halt is not null', []);
  }

  async #change(what: string, where: string, values: unknown[]): Promise<void> {
    await this.#connection.use(PATIENCE, (client) =>
      client.query(
        `with changed as (update poolkeeper.leadership set ${what} where ${where} returning term)
         select pg_notify('poolkeeper', '') from changed`,
        values,
      ),
    );
  }
}

/** Says what the term began with: every batch of an older one is there by now, and no other comes. */
async function noteTerm(client: Client): Promise<void> {
  await client.query(NOTE_TERM);
  await client.query("select pg_notify('poolkeeper', '')");
}

async function findLeadership(client: Client): Promise<Leadership> {
  const { rows } = await client.query<Row>({ name: 'leadership', text: FIND });
  return asLeadership(rows[0]);
}

function asLeadership(row: Row | undefined): Leadership {
  if (row === undefined) throw new StoreFailure('The database has no world any more. Restore a backup.');
  return {
    term: row.term,
    keeper: row.keeper === null ? null : (JSON.parse(row.keeper) as ReplicaCard),
    remainingMs: row.remaining_ms,
    batch: row.batch,
    now: row.now,
    halt: row.halt === null ? null : (JSON.parse(row.halt) as Halt),
  };
}

/** Everything or nothing; what failed is rolled back before it is told. */
export async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const answer = await work();
    await client.query('commit');
    return answer;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
