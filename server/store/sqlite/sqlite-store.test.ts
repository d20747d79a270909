import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import {
  aBatch,
  aHeldLease,
  anEndedLease,
  anEndedRun,
  anEvent,
  aTurnover,
  put,
} from '../contract-documents.ts';
import { loadAll, loadIds, storeContract } from '../contract-suite.ts';
import { historyContract } from '../history-suite.ts';
import type { CopyablePlace } from '../history-suite.ts';
import { turnoverContract } from '../turnover-suite.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { aDirectory } from './test-directory.ts';

async function createPlace(): Promise<CopyablePlace> {
  const root = aDirectory();
  const backupPath = join(root.path, 'backup', 'poolkeeper.db');
  let crashes = 0;
  const home = () => join(root.path, `life-${crashes}`);
  mkdirSync(join(root.path, 'backup'));
  return {
    open: () => openSqliteStore({ directory: home() }),
    // What is committed at this instant, the journal included, is what a crash would leave.
    crash: async (store) => {
      crashes += 1;
      mkdirSync(home());
      await store.backup(join(home(), 'poolkeeper.db'));
      await store[Symbol.asyncDispose]();
    },
    backupPath,
    openBackup: () => openSqliteStore({ directory: join(root.path, 'backup') }),
    [Symbol.asyncDispose]: async () => root[Symbol.dispose](),
  };
}

storeContract('the SQLite store', createPlace);
turnoverContract('the SQLite store', createPlace);
historyContract('the SQLite store', createPlace);

test('what is committed stands in the tables when the store was closed, and in the journal before', async () => {
  using directory = aDirectory();
  const file = join(directory.path, 'poolkeeper.db');
  {
    await using store = await openSqliteStore({ directory: directory.path });
    const term = await store.claim();
    await store.commit(
      aBatch(term, {
        upserts: [put('res_1'), { kind: 'lease', id: 'lse_1', document: aHeldLease('lse_1') }],
        events: [anEvent(1, { resource: 'res_1' })],
        ended: [anEndedLease('lse_0')],
        runs: [anEndedRun('run_0')],
        records: [aTurnover(1)],
      }),
    );
    expect(Object.values(countRows(file))).toEqual([1, 0, 0, 0, 0, 0, 0]);
  }
  expect(Object.values(countRows(file))).toEqual([0, 1, 1, 1, 1, 1, 1]);
});

test('a batch that an older release left in the journal is read as it was meant', async () => {
  using directory = aDirectory();
  const file = join(directory.path, 'poolkeeper.db');
  {
    await using store = await openSqliteStore({ directory: directory.path });
    await store.claim();
  }
  const { runs: _runs, records: _records, ...old } = aBatch(1, { events: [anEvent(1)] });
  const head = { meta: old.meta, upserts: ['resource', 'res_1'], deletes: [], ended: 1, events: 1 };
  const lines = [head, put('res_1').document, anEndedLease('lse_1'), old.events[0]];
  {
    using db = new DatabaseSync(file);
    db.prepare('insert into journal (number, document_version, ended_before, body) values (1, 3, 0, ?)').run(
      lines.map((line) => JSON.stringify(line)).join('\n'),
    );
  }
  await using store = await openSqliteStore({ directory: directory.path });
  const term = await store.claim();
  await store.commit(aBatch(term, { runs: [anEndedRun('run_1')], records: [aTurnover(1)] }));
  expect(await store.findEndedLease('lse_1')).toEqual(anEndedLease('lse_1'));
  expect(await store.findRun('run_1')).toEqual(anEndedRun('run_1'));
  expect(await store.listEvents({ after: 0, limit: 10 })).toEqual([anEvent(1)]);
  expect((await store.listRuns({ limit: 10 })).items).toEqual([anEndedRun('run_1')]);
  expect(await store.listTurnovers({ resource: 'res_1', limit: 10 })).toEqual([aTurnover(1)]);
  expect(await loadIds(store)).toEqual(['res_1']);
});

test('the journal is folded while commits go on, and stays short', async () => {
  using directory = aDirectory();
  const file = join(directory.path, 'poolkeeper.db');
  await using store = await openSqliteStore({ directory: directory.path });
  const term = await store.claim();
  const params = { blob: 'x'.repeat(2_000) };
  for (let round = 1; round <= 60; round += 1) {
    await store.commit(
      aBatch(term, {
        upserts: Array.from({ length: 100 }, (_, index) => put(`res_${index}`, { version: round, params })),
        events: [anEvent(round)],
      }),
    );
  }
  const rows = countRows(file);
  expect(rows['journal']).toBeLessThan(40);
  expect(rows['resource']).toBe(100);
  const { documents } = await loadAll(store);
  expect(documents).toHaveLength(100);
  expect(documents.every(({ document }) => 'version' in document && document.version === 60)).toBe(true);
  expect(await store.listEvents({ after: 0, limit: 100 })).toHaveLength(60);
});

test('only the owner may read the files', async () => {
  using root = aDirectory();
  const directory = join(root.path, 'data');
  await using store = await openSqliteStore({ directory });
  await store.claim();
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, 'poolkeeper.db')).mode & 0o777).toBe(0o600);
  expect(statSync(join(directory, 'poolkeeper.db-wal')).mode & 0o777).toBe(0o600);
});

test('a process that is killed loses nothing that was acknowledged', async () => {
  using directory = aDirectory();
  let acknowledged = 0;
  for (let life = 0; life < 4; life += 1) {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'test-writer.ts'), directory.path, String(acknowledged)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const before = acknowledged;
    child.stdout.setEncoding('utf8').on('data', (lines: string) => {
      acknowledged = Number(lines.trimEnd().split('\n').at(-1));
      if (acknowledged > before + 40 + life * 25) child.kill('SIGKILL');
    });
    await once(child, 'close');
    expect(child.signalCode).toBe('SIGKILL');
    await using store = await openSqliteStore({ directory: directory.path });
    const events = await store.listEvents({ after: 0, limit: 100_000 });
    const seqs = events.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    expect(seqs.length).toBeGreaterThanOrEqual(acknowledged);
    expect(await loadIds(store)).toContain(`res_${seqs.length}`);
    acknowledged = seqs.length;
  }
});

const TABLES = ['journal', 'resource', 'lease', 'event', 'ended_lease', 'ended_run', 'turnover_record'];

function countRows(file: string): Record<string, number> {
  using db = new DatabaseSync(file, { readOnly: true });
  const count = (table: string) =>
    db.prepare(`select count(*) as rows from ${table}`).get()?.['rows'] as number;
  return Object.fromEntries(TABLES.map((table) => [table, count(table)]));
}
