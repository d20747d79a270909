import { isDeepStrictEqual } from 'node:util';
import type { HistoryEvent } from '../history-event.ts';
import type { Exchange, Sighting } from '../journal.ts';
import type { Findings } from './finding.ts';
import type { Story } from './story.ts';

/** Checks that every event that was ever shown is in the history, word for word. */
export function checkWatchedEvents(
  history: readonly HistoryEvent[],
  watched: readonly HistoryEvent[],
  findings: Findings,
): void {
  const bySeq = new Map(history.map((event) => [event.seq, event]));
  let before = 0;
  for (const event of watched) {
    const kept = bySeq.get(event.seq);
    if (!isDeepStrictEqual(kept, event)) {
      findings.add('seen-stays-seen', `event ${event.seq} was shown otherwise than it is now`, event, kept);
    }
    if (event.seq !== before + 1) {
      findings.add('events-gapless', `event ${event.seq} was shown after event ${before}`, event);
    }
    before = event.seq;
  }
}

/** Checks that a lease never goes back: who asks after an answer is told of that version or a later one. */
export function checkLeaseVersions(exchanges: readonly Exchange[], findings: Findings): void {
  const answered = exchanges.filter(({ answer }) => answer !== null);
  for (const [id, own] of Map.groupBy(answered, ({ lease }) => lease)) {
    const bySending = own.toSorted((a, b) => a.sent - b.sent);
    for (const later of bySending) {
      const earlier = own.find((one) => one.received < later.sent && versionOf(one) > versionOf(later));
      if (earlier !== undefined) findings.add('seen-stays-seen', `lease ${id} went back`, earlier, later);
    }
  }
}

function versionOf({ answer }: Exchange): number {
  return answer?.version ?? 0;
}

/** Checks that a resource never goes back, and never vanishes before the history says so. */
export function checkResourceVersions(
  story: Story,
  sightings: readonly Sighting[],
  findings: Findings,
): void {
  const latest = new Map<string, number>();
  for (const { resources } of sightings) {
    const seen = new Map(resources.map(({ id, version }) => [id, version]));
    for (const [id, before] of latest) {
      const version = seen.get(id);
      if (version === undefined && !story.gone.has(id)) {
        findings.add(
          'seen-stays-seen',
          `resource ${id} was shown at version ${before} and is not listed any more`,
        );
      } else if (version !== undefined && version < before) {
        findings.add('seen-stays-seen', `resource ${id} went back from version ${before} to ${version}`);
      }
    }
    for (const [id, version] of seen) latest.set(id, version);
    for (const id of latest.keys()) if (!seen.has(id)) latest.delete(id);
  }
}
