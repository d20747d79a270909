import type { Exchange } from '../journal.ts';
import type { Findings } from './finding.ts';
import type { LeaseStory, Story } from './story.ts';

/** Checks that each lease ended for a reason that somebody gave: a client's word, or its time. */
export function checkEnds(story: Story, exchanges: readonly Exchange[], findings: Findings): void {
  const byLease = Map.groupBy(exchanges, ({ lease }) => lease);
  for (const [id, lease] of story.leases) {
    if (lease.ended === undefined) continue;
    const own = byLease.get(id) ?? [];
    switch (lease.ended.data.reason) {
      case 'released':
      case 'cancelled':
        checkAsked(id, lease, own, findings);
        break;
      case 'expired':
        checkExpired(id, lease, findings);
        break;
      case 'heartbeat_missed':
        checkSilent(id, lease, own, findings);
        break;
      default:
        findings.add(
          'end-caused',
          `lease ${id} ended as ${lease.ended.data.reason}`,
          lease.granted,
          lease.ended,
        );
    }
  }
}

function checkAsked(id: string, lease: LeaseStory, own: readonly Exchange[], findings: Findings): void {
  if (own.some(({ operation }) => operation === 'release')) return;
  findings.add(
    'end-caused',
    `lease ${id} ended, and no client asked for it`,
    lease.granted,
    lease.ended,
    own.at(-1),
  );
}

function checkExpired(id: string, lease: LeaseStory, findings: Findings): void {
  const { granted, renewed, ended } = lease;
  const last = renewed.at(-1) ?? granted;
  const until = Date.parse(last?.data.expiresAt ?? '');
  if (ended !== undefined && Date.parse(ended.at) >= until) return;
  findings.add('end-caused', `lease ${id} expired before its time`, last, ended);
}

/** A heartbeat that was answered counts, whatever happened to the server after it. */
function checkSilent(id: string, lease: LeaseStory, own: readonly Exchange[], findings: Findings): void {
  const endedAt = Date.parse(lease.ended?.at ?? '');
  const promise = own.findLast(
    ({ answer }) => answer !== null && Date.parse(answer.heartbeatBy ?? '') > endedAt,
  );
  if (promise === undefined) return;
  const detail = `lease ${id} ended for a missing heartbeat before ${promise.answer?.heartbeatBy}`;
  findings.add('end-caused', detail, promise, lease.ended);
}
