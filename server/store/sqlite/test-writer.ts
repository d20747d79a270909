import { writeSync } from 'node:fs';
import { aBatch, anEvent, put } from '../contract-documents.ts';
import { openSqliteStore } from './sqlite-store.ts';

/**
 * Commits one batch after another until it is killed, and prints the number of each one that was acknowledged:
 * `node test-writer.ts DIRECTORY LAST_NUMBER`.
 */
const STDOUT = 1;
const [directory = '', last = '0'] = process.argv.slice(2);
const store = await openSqliteStore({ directory });
const term = await store.claim();
const params = { blob: 'x'.repeat(100_000) };
for (let number = Number(last) + 1; ; number += 1) {
  await store.commit(
    aBatch(term, { upserts: [put(`res_${number}`, { params })], events: [anEvent(number)] }),
  );
  writeSync(STDOUT, `${number}\n`);
}
