import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Api } from '../kill/api.ts';
import { readStepLines } from '../kill/checks/check-turnovers.ts';
import { TUB_FILES } from '../kill/configuration.ts';
import { readHistory } from '../kill/history-event.ts';
import type { LeaseAnswer } from '../kill/journal.ts';
import { verifyRecords } from '../kill/rest.ts';
import type { ReplicaEvidence } from './checks/check-replicas.ts';
import { lookAtRest } from './rest.ts';
import type { RunDatabase } from './run-database.ts';
import type { Site } from './site.ts';
import { readTurns } from './turn-log.ts';

type Gathered = Omit<ReplicaEvidence, 'journal' | 'watched' | 'windows' | 'outages'>;

/** Waits until all is at rest, and reads what there is to be read of a run, at whichever replica. */
export async function gatherEvidence(input: {
  readonly api: Api;
  readonly site: Site;
  readonly database: RunDatabase;
}): Promise<Gathered> {
  const { api, site, database } = input;
  const rest = await lookAtRest(api);
  const chains = await verifyRecords(api);
  const steps = readStepLines(readFileSync(join(site.folder, TUB_FILES.journal), 'utf8'));
  return {
    rest,
    turnovers: { steps, chains },
    history: await readHistory(api),
    ended: await api.list<LeaseAnswer>('/v1/leases?status=ended'),
    opinions: await Promise.all(site.replicas.map((replica) => replica.opinion())),
    turns: await readTurns(database),
  };
}
