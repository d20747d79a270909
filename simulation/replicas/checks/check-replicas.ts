import { checkKeptAnswers } from '../../kill/checks/check-answers.ts';
import { checkEnds } from '../../kill/checks/check-ends.ts';
import { checkCertainty } from '../../kill/checks/check-holding.ts';
import { checkKeys } from '../../kill/checks/check-keys.ts';
import { checkMembers } from '../../kill/checks/check-rest.ts';
import type { Rest } from '../../kill/checks/check-rest.ts';
import {
  checkLeaseVersions,
  checkResourceVersions,
  checkWatchedEvents,
} from '../../kill/checks/check-sight.ts';
import { checkTurnovers } from '../../kill/checks/check-turnovers.ts';
import type { TurnoverEvidence } from '../../kill/checks/check-turnovers.ts';
import type { Findings } from '../../kill/checks/finding.ts';
import { retell } from '../../kill/checks/story.ts';
import type { HistoryEvent } from '../../kill/history-event.ts';
import type { Journal, LeaseAnswer } from '../../kill/journal.ts';
import { SIZES } from '../configuration.ts';
import type { Turn } from '../turn-log.ts';
import { checkAgreement } from './check-agreement.ts';
import type { Opinion } from './check-agreement.ts';
import { checkOutages } from './check-outages.ts';
import type { OutageLimits } from './check-outages.ts';
import { checkProper } from './check-proper.ts';
import { checkTurns } from './check-turns.ts';
import type { ReplicaRule } from './rules.ts';
import type { FaultWindow, Outage } from './windows.ts';

/** All that is known after a run of several replicas. */
export type ReplicaEvidence = {
  readonly history: readonly HistoryEvent[];
  readonly ended: readonly LeaseAnswer[];
  /** The events that each watcher was shown, by page and by stream. */
  readonly watched: readonly (readonly HistoryEvent[])[];
  readonly journal: Pick<Journal, 'exchanges' | 'sightings'>;
  readonly rest: Pick<Rest, 'leases' | 'resources'>;
  readonly turnovers: TurnoverEvidence;
  readonly turns: readonly Turn[];
  readonly windows: readonly FaultWindow[];
  readonly outages: readonly Outage[];
  readonly opinions: readonly Opinion[];
};

/**
 * Holds what clients saw through any of the replicas, and what the database wrote down, against the history, by every rule.
 *
 * Reads are linearizable where no later one shows an older version (`checkLeaseVersions`, `checkResourceVersions`): whoever asked
 * another replica after an answer was told of that answer or of a later state.
 */
export function checkReplicas(
  evidence: ReplicaEvidence,
  limits: OutageLimits,
  findings: Findings<ReplicaRule>,
): void {
  const { history, ended, watched, journal, rest, turnovers, turns, windows, outages, opinions } = evidence;
  const { exchanges, sightings } = journal;
  const story = retell(history, findings);
  checkProper(exchanges, windows, findings);
  checkKeptAnswers(story, exchanges, findings);
  checkEnds(story, exchanges, findings);
  checkKeys(exchanges, ended, findings);
  for (const events of watched) checkWatchedEvents(history, events, findings);
  checkLeaseVersions(exchanges, findings);
  checkResourceVersions(story, sightings, findings);
  checkCertainty(story, exchanges, findings);
  checkMembers(story, { ...rest, sizes: SIZES }, findings);
  checkTurnovers(story, turnovers, findings);
  checkTurns(turns, findings);
  checkOutages(outages, limits, findings);
  checkAgreement(opinions, turns, findings);
}
