import type { DatabaseSync } from 'node:sqlite';
import { prepareDocumentStatements } from './document-statements.ts';
import { prepareEndedStatements, prepareEventStatements } from './history-statements.ts';
import { prepareJournalStatements } from './journal-statements.ts';
import { prepareRunLogStatements } from './run-log-statements.ts';

/** Every statement of the store, prepared once; the database must be migrated. */
export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(db: DatabaseSync) {
  return {
    documents: prepareDocumentStatements(db),
    journal: prepareJournalStatements(db),
    ended: prepareEndedStatements(db),
    events: prepareEventStatements(db),
    runLog: prepareRunLogStatements(db),
  };
}
