import type { HistoryEvent } from '../history-event.ts';
import type { Journal, LeaseAnswer } from '../journal.ts';
import { checkKeptAnswers, checkProperAnswers } from './check-answers.ts';
import { checkEnds } from './check-ends.ts';
import { checkCertainty, checkVisits } from './check-holding.ts';
import { checkKeys } from './check-keys.ts';
import { checkRest } from './check-rest.ts';
import type { Rest } from './check-rest.ts';
import { checkLeaseVersions, checkResourceVersions, checkWatchedEvents } from './check-sight.ts';
import { checkTurnovers } from './check-turnovers.ts';
import type { TurnoverEvidence } from './check-turnovers.ts';
import type { Findings } from './finding.ts';
import { retell } from './story.ts';

/** All that is known after a run. */
export type Evidence = {
  readonly history: readonly HistoryEvent[];
  /** Every lease that ended, as the API shows it. */
  readonly ended: readonly LeaseAnswer[];
  /** The events that were shown while the run went on. */
  readonly watched: readonly HistoryEvent[];
  readonly journal: Pick<Journal, 'exchanges' | 'visits' | 'sightings' | 'stops'>;
  readonly rest: Rest;
  readonly turnovers: TurnoverEvidence;
};

/** Holds what clients saw and what the machine runs against the history, by every rule. */
export function checkRun(
  { history, ended, watched, journal, rest, turnovers }: Evidence,
  findings: Findings,
): void {
  const { exchanges, visits, sightings, stops } = journal;
  const story = retell(history, findings);
  checkProperAnswers(exchanges, stops, findings);
  checkKeptAnswers(story, exchanges, findings);
  checkEnds(story, exchanges, findings);
  checkKeys(exchanges, ended, findings);
  checkWatchedEvents(history, watched, findings);
  checkLeaseVersions(exchanges, findings);
  checkResourceVersions(story, sightings, findings);
  checkCertainty(story, exchanges, findings);
  checkVisits(story, visits, findings);
  checkRest(story, rest, findings);
  checkTurnovers(story, turnovers, findings);
}
