import { DOCUMENT_KINDS } from '@poolkeeper/core';
import type { DocumentKind, WorldMeta } from '@poolkeeper/core';
import type { Client } from 'pg';
import type { StoredDocument } from '../contract.ts';
import { createIntern } from '../intern.ts';
import type { Intern } from '../intern.ts';
import { liftDocument } from '../lift.ts';
import { WentBack } from '../shared-contract.ts';
import type { DocumentChange, WorldChanges } from '../shared-contract.ts';
import { Connection } from './connection.ts';
import type { Ground, Patience } from './connection.ts';
import { ConnectionLost } from './failure.ts';
import { readName } from './lines.ts';

/** Changes up to this many are read in one go, without a transaction. */
const PAGE_ROWS = 1_000;
/** A page may be big, and the database cold. */
const PATIENCE: Patience = { connectMs: 5_000, answerMs: 30_000 };

type Row = {
  readonly kind: DocumentKind;
  readonly id: string;
  readonly document_version: number;
  readonly document: string | null;
};
type HeadRow = {
  readonly batch: number;
  readonly instant: number;
  readonly event_seq: number;
  readonly lease_seq: number;
  readonly horizon: number;
};

const HEAD = `select w.batch, w.instant, w.event_seq, w.lease_seq, h.batch as horizon from poolkeeper.world w, poolkeeper.horizon h`;

/** Snapshots that are read, so that a store that is closed ends them. */
export type OpenSnapshots = Set<AsyncDisposable>;
/** What reading many documents needs. */
export type Reading = { readonly ground: Ground; readonly snapshots: OpenSnapshots };

/** Everything live, in one snapshot. See `Store.load`. */
export async function loadWorld(
  reading: Reading,
): Promise<{ meta: WorldMeta; documents: AsyncIterable<readonly StoredDocument[]> }> {
  const snapshot = await Snapshot.open(reading);
  const intern = createIntern();
  const documents = snapshot.read((query) => readLive(query, (row) => asDocument(row, intern)));
  return { meta: metaOf(snapshot.head), documents };
}

/** See `SharedStore.changesAfter`. `quick` is a connection for what is answered at once. */
export async function changesAfter(
  reading: Reading,
  quick: (work: (client: Client) => Promise<FewChanges>) => Promise<FewChanges>,
  after: number,
): Promise<WorldChanges | undefined> {
  if (after === 0) {
    const snapshot = await Snapshot.open(reading);
    const intern = createIntern();
    const asLive = (row: Row): DocumentChange =>
      ({ ...asDocument(row, intern), id: readName(row.id) }) as DocumentChange;
    return asWorldChanges(
      snapshot.head,
      snapshot.read((query) => readLive(query, asLive)),
    );
  }
  const few = await quick((client) => readFew(client, after));
  requireBatch(few.head, after);
  if (after < few.head.horizon) return undefined;
  if (few.rows.length <= PAGE_ROWS) return asWorldChanges(few.head, pageOf(few.rows));
  const snapshot = await Snapshot.open(reading);
  if (after < snapshot.head.horizon) {
    await snapshot[Symbol.asyncDispose]();
    return undefined;
  }
  return asWorldChanges(
    snapshot.head,
    snapshot.read((page) => readChanged(page, after)),
  );
}

export type FewChanges = { readonly head: HeadRow; readonly rows: readonly Row[] };

/** One statement, so one snapshot, and one round trip: what a follower asks for again and again. One row more than a page says that there are more. */
async function readFew(client: Client, after: number): Promise<FewChanges> {
  const { rows } = await client.query<HeadRow & { kind: DocumentKind | null } & Omit<Row, 'kind'>>({
    name: 'changes',
    text: `with head as (${HEAD})
      select head.batch, instant, event_seq, lease_seq, horizon, d.kind, d.id, d.document_version, d.document
      from head left join lateral (
        select kind, id, document_version, document from poolkeeper.document where batch > $1 order by batch limit ${PAGE_ROWS + 1}
      ) d on true`,
    values: [after],
  });
  return { head: rows[0] as HeadRow, rows: rows.filter((row): row is HeadRow & Row => row.kind !== null) };
}

type ReadRows = (text: string, values: unknown[]) => Promise<readonly Row[]>;

/** In the order of `DOCUMENT_KINDS`, ids ascending. */
async function* readLive<T>(query: ReadRows, map: (row: Row) => T): AsyncGenerator<readonly T[]> {
  for (const kind of DOCUMENT_KINDS) {
    const read = (after: string): Promise<readonly Row[]> =>
      query(
        `select kind, id, document_version, document from poolkeeper.document
         where kind = $1 and id > $2 and document is not null order by id limit ${PAGE_ROWS}`,
        [kind, after],
      );
    // While one page is parsed here, the database reads the next.
    for (let coming = read(''); ;) {
      const rows = await coming;
      const last = rows.length < PAGE_ROWS ? undefined : rows.at(-1);
      if (last !== undefined) {
        coming = read(last.id);
        // A reader that stops early never looks at it.
        coming.catch(() => undefined);
      }
      if (rows.length > 0) yield rows.map(map);
      if (last === undefined) break;
    }
  }
}

async function* readChanged(query: ReadRows, after: number): AsyncGenerator<readonly DocumentChange[]> {
  await query(
    `declare changed no scroll cursor for select kind, id, document_version, document from poolkeeper.document where batch > $1`,
    [after],
  );
  for (;;) {
    const rows = await query(`fetch ${PAGE_ROWS} from changed`, []);
    if (rows.length === 0) return;
    yield* pageOf(rows);
  }
}

/** The database as it is at one moment, for as long as it is read. It has a connection of its own, which ends with it. */
class Snapshot implements AsyncDisposable {
  readonly head: HeadRow;
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #snapshots: OpenSnapshots;

  private constructor(input: {
    connection: Connection;
    client: Client;
    head: HeadRow;
    snapshots: OpenSnapshots;
  }) {
    this.#connection = input.connection;
    this.#client = input.client;
    this.head = input.head;
    this.#snapshots = input.snapshots;
    this.#snapshots.add(this);
  }

  static async open({ ground, snapshots }: Reading): Promise<Snapshot> {
    const connection = new Connection(ground, 'poolkeeper load');
    try {
      return await connection.use(PATIENCE, async (client) => {
        await client.query('begin isolation level repeatable read read only');
        const { rows } = await client.query<HeadRow>(HEAD);
        return new Snapshot({ connection, client, head: rows[0] as HeadRow, snapshots });
      });
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What `reader` finds; the snapshot is over when it ends, or is left. */
  async *read<T>(reader: (query: ReadRows) => AsyncGenerator<T>): AsyncGenerator<T> {
    try {
      yield* reader((text, values) => this.#query(text, values));
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#snapshots.delete(this);
    await this.#connection[Symbol.asyncDispose]();
  }

  async #query(text: string, values: unknown[]): Promise<readonly Row[]> {
    return await this.#connection.use(PATIENCE, async (client) => {
      // A connection that was made anew sees another moment.
      if (client !== this.#client) throw new ConnectionLost('the connection of a load was lost. Load again');
      return (await client.query<Row>(text, values)).rows;
    });
  }
}

function requireBatch({ batch }: HeadRow, after: number): void {
  if (batch >= after) return;
  throw new WentBack(
    `The database has batch ${batch} as its last, and had ${after} before: a standby that lacked them was promoted, or a backup restored.`,
  );
}

function metaOf(row: HeadRow): WorldMeta {
  return { instant: row.instant, eventSeq: row.event_seq, leaseSeq: row.lease_seq };
}

function asWorldChanges(head: HeadRow, pages: AsyncIterable<readonly DocumentChange[]>): WorldChanges {
  return { batch: head.batch, meta: metaOf(head), pages };
}

async function* pageOf(rows: readonly Row[]): AsyncGenerator<readonly DocumentChange[]> {
  if (rows.length > 0) yield rows.map(asChange);
}

function asChange(row: Row): DocumentChange {
  const document = row.document === null ? null : parse(row, row.document);
  return { kind: row.kind, id: readName(row.id), document } as DocumentChange;
}

function asDocument(row: Row, intern: Intern): StoredDocument {
  return { kind: row.kind, document: intern(row.kind, parse(row, row.document ?? 'null')) } as StoredDocument;
}

function parse({ kind, document_version: version }: Row, text: string) {
  return liftDocument(kind, version, JSON.parse(text));
}
