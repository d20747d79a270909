import type { Exchange, LeaseAnswer, Operation, Stop } from '../journal.ts';
import type { Findings } from './finding.ts';
import { namesOf } from './finding.ts';
import type { LeaseStory, Story } from './story.ts';

/** The statuses that are proper answers. 404 and 409 say that the lease is over, and are held against the history. */
export const PROPER: Readonly<Record<Operation, readonly number[]>> = {
  acquire: [201, 503],
  look: [200, 503],
  heartbeat: [200, 404, 409, 503],
  renew: [200, 404, 409, 503],
  release: [200, 503],
};

/** Why a renewal may be refused although the lease goes on. */
const REFUSED_WHILE_LIVE = 'lease_at_maximum';

/** Checks that every answer is a proper one. */
export function checkProperAnswers(
  exchanges: readonly Exchange[],
  stops: readonly Stop[],
  findings: Findings,
): void {
  for (const exchange of exchanges) checkProper(exchange, stops, findings);
}

/** Checks that everything which an answer says is in the history. */
export function checkKeptAnswers(story: Story, exchanges: readonly Exchange[], findings: Findings): void {
  for (const exchange of exchanges) {
    if (exchange.answer !== null) checkKept(story, exchange, exchange.answer, findings);
    else checkRefusal(story, exchange, findings);
  }
}

/**
 * A request may go without an answer only while there is no server; and where the server was asked to stop, only if it came
 * after that.
 */
function checkProper(exchange: Exchange, stops: readonly Stop[], findings: Findings): void {
  const { outcome, status, operation, sent, received } = exchange;
  if (outcome === 'answered') {
    if (status === null || PROPER[operation].includes(status)) return;
    return findings.add('answered', `${operation} is answered ${status}`, exchange);
  }
  if (outcome === 'unanswered') return findings.add('answered', `${operation} is not answered`, exchange);
  const stop = stops.find(({ from, until }) => sent < until && from < received);
  if (stop === undefined) {
    findings.add('answered', `${operation} loses its connection, and nobody stopped the server`, exchange);
  } else if (stop.signal === 'SIGTERM' && sent < stop.from) {
    const detail = `${operation} loses its connection to a server that was asked to stop after it came`;
    findings.add(
      'answered',
      detail,
      exchange,
      `${stop.signal} at ${new Date(stop.at).toISOString()} (${stop.from})`,
    );
  }
}

function checkKept(story: Story, exchange: Exchange, answer: LeaseAnswer, findings: Findings): void {
  const lease = story.leases.get(answer.id);
  if (answer.status === 'queued') {
    if (lease?.queued === undefined) {
      findings.add('queued-kept', `the history has no lease ${answer.id} that waits`, exchange);
    }
    return;
  }
  if (answer.resources.length > 0) checkGrant(lease, exchange, answer, findings);
  if (exchange.operation === 'renew') checkRenewal(lease, exchange, answer, findings);
  if (answer.status === 'ended' || exchange.operation === 'release') {
    checkEnd(lease, exchange, answer, findings);
  }
}

function checkGrant(
  lease: LeaseStory | undefined,
  exchange: Exchange,
  answer: LeaseAnswer,
  findings: Findings,
): void {
  if (lease?.granted === undefined) {
    return findings.add('grant-kept', `the history has no grant of lease ${answer.id}`, exchange);
  }
  const told = namesOf(answer.resources);
  const kept = namesOf(lease.granted.data.resources ?? []);
  if (told === kept) return;
  const detail = `lease ${answer.id} was answered with ${told} and granted with ${kept}`;
  findings.add('grant-kept', detail, exchange, lease.granted);
}

function checkRenewal(
  lease: LeaseStory | undefined,
  exchange: Exchange,
  answer: LeaseAnswer,
  findings: Findings,
): void {
  const isKept = lease?.renewed.some(({ data }) => data.expiresAt === answer.expiresAt) === true;
  // It may have ended between the renewal and the look at it; then the answer says so.
  if (isKept || answer.status === 'ended') return;
  findings.add(
    'renewal-kept',
    `the history has no renewal of ${answer.id} until ${answer.expiresAt}`,
    exchange,
  );
}

function checkEnd(
  lease: LeaseStory | undefined,
  exchange: Exchange,
  answer: LeaseAnswer,
  findings: Findings,
): void {
  if (answer.status !== 'ended') {
    findings.add('answered', `a release of ${answer.id} answers that it is ${answer.status}`, exchange);
  }
  if (lease?.ended === undefined) {
    return findings.add('end-kept', `the history has no end of lease ${answer.id}`, exchange, lease?.granted);
  }
  const { reason } = lease.ended.data;
  if (reason === answer.endReason) return;
  const detail = `lease ${answer.id} was answered as ${answer.endReason} and ended as ${reason}`;
  findings.add('end-kept', detail, exchange, lease.ended);
}

/** Who is told that a lease is over has to find its end in the history, not later than the answer. */
function checkRefusal(story: Story, exchange: Exchange, findings: Findings): void {
  const { status, lease: id, why } = exchange;
  if (id === null || (status !== 404 && status !== 409) || why === REFUSED_WHILE_LIVE) return;
  const lease = story.leases.get(id);
  if (lease?.ended !== undefined) return;
  findings.add(
    'seen-stays-seen',
    `lease ${id} is denied, and the history has no end of it`,
    exchange,
    lease?.granted,
  );
}
