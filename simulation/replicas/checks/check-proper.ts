import { PROPER } from '../../kill/checks/check-answers.ts';
import type { Findings } from '../../kill/checks/finding.ts';
import type { Exchange } from '../../kill/journal.ts';
import type { FaultWindow } from './windows.ts';

const UNAVAILABLE = 503;

/** Checks that every request was answered properly, but for those that a fault excuses. */
export function checkProper(
  exchanges: readonly Exchange[],
  windows: readonly FaultWindow[],
  findings: Findings,
): void {
  for (const exchange of exchanges) {
    const { outcome, status, operation, sent, received } = exchange;
    const isAnswered = outcome === 'answered' && status !== UNAVAILABLE;
    if (isAnswered && status !== null && PROPER[operation].includes(status)) continue;
    const during = windows.filter(({ from, until }) => sent < until && from < received);
    if (!isAnswered && during.some((window) => isExcused(exchange, window))) continue;
    const what = outcome === 'answered' ? `is answered ${status}` : `is ${outcome}`;
    const when =
      during.length === 0 ? 'without a fault' : `during ${during.map(({ fault }) => fault).join(', ')}`;
    findings.add('answered', `${operation} ${what} ${when}`, exchange);
  }
}

function isExcused(exchange: Exchange, window: FaultWindow): boolean {
  const { server, outcome, operation, key } = exchange;
  if (window.struck.includes(server)) return !window.isPlanned || outcome === 'refused';
  // Nobody is refused by a replica that lives, and no connection to it breaks: it says that it does not know.
  switch (window.excused) {
    case 'none':
      return false;
    case 'unrepeatable':
      return outcome === 'answered' && key === null && operation !== 'look';
    case 'unavailable':
      return outcome === 'answered';
  }
}
