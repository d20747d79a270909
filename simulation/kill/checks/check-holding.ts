import type { Exchange, Visit } from '../journal.ts';
import type { Findings } from './finding.ts';
import type { Story } from './story.ts';

/** From when until when a client could be certain that it holds a resource, in the order of the exchanges. */
type Certainty = { readonly resource: string; readonly from: Exchange; readonly to: Exchange };

/**
 * Checks that no two clients were certain of the same resource at once.
 *
 * A client is certain from the answer that says so to the moment when it sends the release. Leases that ended by themselves
 * are left out: when that was, the client cannot know.
 */
export function checkCertainty(story: Story, exchanges: readonly Exchange[], findings: Findings): void {
  const byResource = Map.groupBy(certainties(story, exchanges), ({ resource }) => resource);
  for (const [resource, own] of byResource) {
    let before: Certainty | undefined;
    for (const one of own.toSorted((a, b) => a.from.received - b.from.received)) {
      if (before !== undefined && one.from.received < before.to.sent) {
        const detail = `${before.from.lease} and ${one.from.lease} were both certain of ${resource}`;
        findings.add('fenced-apart', detail, before.from, one.from, before.to);
      }
      if (before === undefined || one.to.sent > before.to.sent) before = one;
    }
  }
}

function certainties(story: Story, exchanges: readonly Exchange[]): Certainty[] {
  const active = new Map<string, Exchange>();
  const releases = new Map<string, Exchange>();
  for (const exchange of exchanges) {
    const { lease, operation, answer } = exchange;
    if (lease === null) continue;
    if (answer?.status === 'active') keepFirst(active, exchange, (one) => one.received);
    if (operation === 'release') keepFirst(releases, exchange, (one) => one.sent);
  }
  return [...active].flatMap(([lease, from]) => {
    const to = releases.get(lease);
    const isReleased = story.leases.get(lease)?.ended?.data.reason === 'released';
    if (to === undefined || !isReleased) return [];
    return (from.answer?.resources ?? []).map(({ id }) => ({ resource: id, from, to }));
  });
}

function keepFirst(known: Map<string, Exchange>, exchange: Exchange, place: (one: Exchange) => number): void {
  const id = exchange.lease ?? '';
  const before = known.get(id);
  if (before === undefined || place(exchange) < place(before)) known.set(id, exchange);
}

/** Checks that leased processes serve their holders: during the lease the right one answers. */
export function checkVisits(story: Story, visits: readonly Visit[], findings: Findings): void {
  for (const visit of visits) {
    const ended = story.leases.get(visit.lease)?.ended;
    const isOver = ended !== undefined && Date.parse(ended.at) <= visit.until;
    if (isOver || visit.answeredBy === visit.resource) continue;
    const when = new Date(visit.from).toISOString();
    const detail = `${visit.resource} is held by ${visit.lease} and does not answer at ${visit.endpoint}`;
    const seen = `round ${visit.round} ${when} ${visit.client}: ${visit.answeredBy ?? visit.why}`;
    findings.add('held-serves', detail, seen, ended);
  }
}
