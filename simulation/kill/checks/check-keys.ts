import type { Exchange, LeaseAnswer } from '../journal.ts';
import type { Findings } from './finding.ts';

/**
 * Checks that each idempotency key made one lease: by what clients were answered, and by the leases that there were.
 *
 * The second finds a lease that nobody was told of. Clients write the key of a request into its note.
 */
export function checkKeys(
  exchanges: readonly Exchange[],
  ended: readonly LeaseAnswer[],
  findings: Findings,
): void {
  const keyed = exchanges.filter(({ key }) => key !== null);
  const answers = Map.groupBy(keyed, ({ key }) => key ?? '');
  const leases = Map.groupBy(ended, ({ note }) => note);
  for (const [key, tries] of answers) {
    const told = tries.flatMap(({ answer }) => answer?.id ?? []);
    const made = (leases.get(key) ?? []).map(({ id }) => id);
    const all = [...new Set([...told, ...made])];
    if (all.length < 2) continue;
    findings.add('one-lease-per-key', `key ${key} made the leases ${all.join(', ')}`, ...tries);
  }
}
