import type { Client } from 'pg';
import { StaleTerm, StoreFailure } from '../contract.ts';
import type { Batch } from '../contract.ts';
import { WentBack } from '../shared-contract.ts';
import { sleep } from '../../timers.ts';
import { batchStatement, writeBatch } from './batch-statement.ts';
import type { BatchName, BatchValues } from './batch-statement.ts';
import type { Connection, Ground, Patience } from './connection.ts';
import { asStoreFailure, ConnectionLost, isPassing, isSurelyUndone } from './failure.ts';

/** How long one sending of a batch is waited for before it is sent again: a batch is much quicker, and a lost one costs the leadership. */
const ANSWER_MS_MAX = 1_500;
/** What a batch is given in any case: whether its term still stands is for the database to say. */
const ANSWER_MS_MIN = 250;
/** The same where the term is not held for a time: nobody else is kept waiting. */
const ANSWER_MS_MAX_ALONE = 15_000;
/** How long the outcome of a batch is sought where the term is not held for a time. */
const SEEK_MS_MAX = 30_000;
const PAUSE_MS = 50;

/** What is known of a term that this store took. */
type Tenancy = {
  readonly term: number;
  /** The last batch that is there. */
  batch: number;
  /** Did a batch fail without anybody knowing whether it landed? Then a late copy of it may still come, and nothing may be built on it. */
  isUncertain: boolean;
  /** Until when the term is surely held, by the elapsed time; null: until another one claims. */
  heldUntil: number | null;
};

/** What the database says when it is asked after a batch. */
type Standing = {
  readonly term: number;
  readonly isHalted: boolean;
  readonly batch: number;
  readonly batchTerm: number;
  /** The last batch of ours and of those before us; undefined while our term stands. */
  readonly lastOfOurs: number | undefined;
};

/**
 * Writes the batches of one store, in the order of the calls, and finds out what became of one whose answer was lost.
 *
 * A batch has a number, and lands on the one before it alone. So it can be sent again under its number, as often as needed: of all copies,
 * late ones too, one lands. After a batch whose outcome stays unknown nothing is written under the same term, so what is found under a number
 * and a term is the batch that was sent under them.
 */
export class Committer {
  readonly #connection: Connection;
  readonly #ground: Ground;
  #tenancy: Tenancy | undefined;
  #commits: Promise<void> = Promise.resolve();
  #failuresSeen = 0;
  #failures = 0;

  constructor(ground: Ground, connection: Connection) {
    this.#ground = ground;
    this.#connection = connection;
  }

  /** Batches are written under this term from now on, after `batch`. */
  begin(input: { readonly term: number; readonly batch: number; readonly heldUntil: number | null }): void {
    this.#tenancy = { ...input, isUncertain: false };
  }

  /** The last batch that was acknowledged under a term, or that the term began with; undefined where it is not ours. */
  lastBatch(term: number): number | undefined {
    return this.#tenancy?.term === term ? this.#tenancy.batch : undefined;
  }

  /** Has the term be held for longer. */
  extend(term: number, heldUntil: number): void {
    if (this.#tenancy?.term === term) this.#tenancy.heldUntil = heldUntil;
  }

  /** Writes a batch; see `Store.commit`. Errors: `WentBack` too, where the database has less than was acknowledged. */
  async commit(batch: Batch): Promise<void> {
    const failuresSeen = this.#failuresSeen;
    // Before the wait: documents are as they are now.
    const values = writeBatch(batch);
    const committed = this.#commits.then(() => this.#commitNow(batch.term, values, failuresSeen));
    this.#commits = committed.catch(() => undefined);
    try {
      await committed;
    } catch (error) {
      this.#failuresSeen += 1;
      throw error;
    }
  }

  async #commitNow(term: number, values: BatchValues, failuresSeen: number): Promise<void> {
    try {
      if (this.#failures > failuresSeen) {
        throw new StoreFailure('An earlier batch failed, and this one builds on it. Load again.');
      }
      if (this.#connection.isClosed) throw new StoreFailure('The store is closed.');
      const tenancy = this.#tenancy;
      if (tenancy === undefined || tenancy.term !== term) throw new StaleTerm(STALE);
      await this.#write(tenancy, values);
    } catch (error) {
      this.#failures += 1;
      throw asStoreFailure(error, this.#ground.target.name);
    }
  }

  async #write(tenancy: Tenancy, values: BatchValues): Promise<void> {
    if (tenancy.isUncertain) {
      throw new StoreFailure(
        'It is not known what became of an earlier batch. Claim the store again, then load.',
      );
    }
    const name: BatchName = { term: tenancy.term, number: tenancy.batch + 1 };
    await this.#send(tenancy, name, values);
    tenancy.batch = name.number;
  }

  /** Sends a batch until it is known what became of it. Resolves when it is there. */
  async #send(tenancy: Tenancy, name: BatchName, values: BatchValues): Promise<void> {
    const { elapsed, timers } = this.#ground;
    const giveUpAt = elapsed() + SEEK_MS_MAX;
    for (let failure: unknown; ; await sleep(timers, PAUSE_MS)) {
      const leftMs = Math.min(giveUpAt, tenancy.heldUntil ?? Infinity) - elapsed();
      if (failure !== undefined && leftMs <= 0) throw failure;
      try {
        if (await this.#sendOrAsk(tenancy, name, { values, leftMs })) return;
      } catch (error) {
        if (error instanceof StaleTerm || error instanceof WentBack || !isPassing(error)) throw error;
        if (failure === undefined) this.#tellOfTrouble(name, error);
        failure = error;
      }
    }
  }

  /** Sends one copy, after asking what became of those before. Answers whether the batch is there. */
  async #sendOrAsk(
    tenancy: Tenancy,
    name: BatchName,
    input: { values: BatchValues; leftMs: number },
  ): Promise<boolean> {
    const answerMsMax = tenancy.heldUntil === null ? ANSWER_MS_MAX_ALONE : ANSWER_MS_MAX;
    const patience: Patience = {
      connectMs: Math.max(0, input.leftMs),
      answerMs: Math.min(answerMsMax, Math.max(ANSWER_MS_MIN, input.leftMs)),
    };
    const ask = async (): Promise<boolean> => {
      const standing = await this.#connection.use(patience, (client) => askAfter(client, name.term));
      return hasLanded(standing, name);
    };
    const isFirst = !tenancy.isUncertain;
    if (!isFirst && (await ask())) {
      tenancy.isUncertain = false;
      return true;
    }
    try {
      tenancy.isUncertain = true;
      const isThere = await this.#connection.use(patience, (client) => sendOnce(client, name, input.values));
      // It may be refused for what it found there, and an earlier copy may be what it found.
      if (!isThere && !(await ask())) return false;
      tenancy.isUncertain = false;
      return true;
    } catch (error) {
      // The one copy that there is was rolled back.
      if (isFirst && isSurelyUndone(error)) tenancy.isUncertain = false;
      throw error;
    }
  }

  #tellOfTrouble({ number }: BatchName, error: unknown): void {
    const { logger, target } = this.#ground;
    logger.warn(
      { err: error, batch: number, database: target.name },
      'a batch was not acknowledged; finding out what became of it',
    );
  }
}

const STALE = 'Another writer has taken over. What this one decided since was not written.';
const HALTED =
  'The world is halted, since the database lost what was acknowledged. See `poolkeeper cluster status`, then `poolkeeper cluster resume`.';

/** Answers whether the batch was written. Errors: those of the connection; then it may have been written or not. */
async function sendOnce(client: Client, name: BatchName, values: BatchValues): Promise<boolean> {
  let warning: unknown;
  // The one warning that a commit has: it stopped waiting for the standby, and may be lost with this server.
  const onNotice = (notice: { readonly severity?: string | undefined }): void => {
    if (notice.severity === 'WARNING') warning = notice;
  };
  client.on('notice', onNotice);
  try {
    const { rowCount } = await client.query(batchStatement(name, values));
    if (warning !== undefined)
      throw new ConnectionLost('the database stopped waiting for its standby', { cause: warning });
    return rowCount === 1;
  } finally {
    client.off('notice', onNotice);
  }
}

/**
 * Asks how the world stands, by a write: it waits for a copy of the batch that is still at work, and its own commit waits until the standby
 * has everything before it, so that what is found is as durable as what was acknowledged.
 */
async function askAfter(client: Client, term: number): Promise<Standing> {
  const { rows } = await client.query<{
    term: number;
    is_halted: boolean;
    batch: number;
    batch_term: number;
    last_of_ours: number | null;
  }>({
    name: 'ask_after',
    text: `
      with asked as (
        update poolkeeper.world set inquiries = inquiries + 1 where id returning batch, term as batch_term
      )
      select l.term, l.halt is not null as is_halted, asked.batch, asked.batch_term,
        (select t.after_batch from poolkeeper.term t where t.term = $1::bigint + 1) as last_of_ours
      from poolkeeper.leadership l, asked`,
    values: [term],
  });
  const row = rows[0];
  if (row === undefined) throw new StoreFailure('The database has no world any more. Restore a backup.');
  return {
    term: row.term,
    isHalted: row.is_halted,
    batch: row.batch,
    batchTerm: row.batch_term,
    lastOfOurs: row.last_of_ours ?? undefined,
  };
}

/** Is the batch there? Errors: `StaleTerm`, `WentBack`, `StoreFailure`, where it is not and cannot land any more. */
function hasLanded(standing: Standing, name: BatchName): boolean {
  const { batch, batchTerm, lastOfOurs } = standing;
  if (batch === name.number && batchTerm === name.term) return true;
  // The next term began after it, and nobody but us could write up to there.
  if (lastOfOurs !== undefined && lastOfOurs >= name.number) return true;
  // Others may have written past the numbers of what is missing.
  if (lastOfOurs !== undefined && lastOfOurs < name.number - 1) throw lost(lastOfOurs, name);
  requireOurs(standing, name.term);
  if (batch === name.number - 1) return false;
  if (batch < name.number) throw lost(batch, name);
  throw new StoreFailure(
    'The database has a batch under our term that is not ours. Load again, and look for a second Poolkeeper on it.',
  );
}

function lost(last: number, { number }: BatchName): WentBack {
  return new WentBack(
    `The database has batch ${last} as its last, and acknowledged ${number - 1} before: a standby that lacked them was promoted, or a backup restored.`,
  );
}

function requireOurs({ term, isHalted }: Standing, ours: number): void {
  if (term < ours) {
    throw new WentBack(
      `The database is at term ${term}, and acknowledged ${ours} before: a standby that lacked it was promoted, or a backup restored.`,
    );
  }
  if (term > ours) throw new StaleTerm(STALE);
  if (isHalted) throw new StaleTerm(HALTED);
}
