import type { Findings } from '../../kill/checks/finding.ts';
import type { ReplicaRule } from './rules.ts';
import type { Outage } from './windows.ts';

/** How long nobody may be granted anything, in milliseconds. */
export type OutageLimits = { readonly takenOverMs: number; readonly handedOverMs: number };

const PERCENTILE = 0.99;

/** Checks how long there was no keeper. */
export function checkOutages(
  outages: readonly Outage[],
  limits: OutageLimits,
  findings: Findings<ReplicaRule>,
): void {
  const kinds = [
    ['taken-over', limits.takenOverMs],
    ['handed-over', limits.handedOverMs],
  ] as const;
  for (const [kind, limitMs] of kinds) {
    const own = outages.filter((outage) => outage.kind === kind).toSorted((a, b) => b.ms - a.ms);
    const p99 = percentile(
      own.map(({ ms }) => ms),
      PERCENTILE,
    );
    if (p99 === undefined || p99 <= limitMs) continue;
    const shown = own.map(({ fault, round, ms }) => `round ${round}: ${fault} took ${ms} ms`);
    findings.add(kind, `p99 of ${own.length} is ${p99} ms, and ${limitMs} ms are allowed`, ...shown);
  }
}

/** The nearest rank; undefined where there is none. */
export function percentile(values: readonly number[], share: number): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)];
}
