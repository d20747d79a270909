import type { DatabaseSync } from 'node:sqlite';
import { prepareDocumentStatements } from './document-statements.ts';
import { prepareEndedStatements, prepareEventStatements } from './history-statements.ts';
import { prepareJournalStatements } from './journal-statements.ts';
import { prepareRunLogStatements } from './run-log-statements.ts';
import { prepareKeyStatements, prepareTurnoverStatements } from './turnover-statements.ts';

/** Every statement of the store, prepared once; the database must be migrated. */
export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(db: DatabaseSync) {
  return {
    documents: prepareDocumentStatements(db),
    journal: prepareJournalStatements(db),
    ended: prepareEndedStatements(db, 'ended_lease'),
    runs: prepareEndedStatements(db, 'ended_run'),
    turnovers: prepareTurnoverStatements(db),
    keys: prepareKeyStatements(db),
    events: prepareEventStatements(db),
    runLog: prepareRunLogStatements(db),
  };
}
