import type { Findings } from '../../kill/checks/finding.ts';
import type { Turn } from '../turn-log.ts';
import type { ReplicaRule } from './rules.ts';

/** Checks that who lost the term wrote nothing afterwards, and that every batch builds on the one before it. */
export function checkTurns(turns: readonly Turn[], findings: Findings<ReplicaRule>): void {
  let before: Turn | undefined;
  for (const turn of turns) {
    if (before !== undefined && turn.term < before.term)
      findings.add(
        'terms-apart',
        `term ${turn.term} wrote after term ${before.term}`,
        say(before),
        say(turn),
      );
    // A term begins without a batch; every other line is the next one.
    const isNext = before === undefined || turn.batch === before.batch + 1;
    const isTakeover = turn.batch === before?.batch && turn.term > before.term;
    if (!isNext && !isTakeover)
      findings.add(
        'terms-apart',
        `batch ${turn.batch} follows batch ${before?.batch}`,
        say(before),
        say(turn),
      );
    before = turn;
  }
}

function say(turn: Turn | undefined): string | undefined {
  if (turn === undefined) return undefined;
  return `term ${turn.term} batch ${turn.batch} at ${new Date(turn.at).toISOString()}`;
}
