import { firstOf } from '../kill/report.ts';
import { percentile } from './checks/check-outages.ts';
import type { ReplicasReport } from './replicas-run.ts';

/** Some lines that say what a run did, and how long nobody was granted anything, by fault. */
export function summaryOf(report: ReplicasReport): string {
  const { plan, durationMs, requests, failed, leases, events, streams, records, terms, batches, outages } =
    report;
  const byFault = Map.groupBy(outages, ({ kind, fault }) => `${kind}: ${fault}`);
  const kinds = Map.groupBy(outages, ({ kind }) => `${kind}, all`);
  const lines = [...[...byFault].toSorted(([a], [b]) => a.localeCompare(b)), ...kinds].map(([what, own]) => {
    const times = own.map(({ ms }) => ms);
    return `  ${what}: ${times.length} × p50 ${percentile(times, 0.5)} ms, p99 ${percentile(times, 0.99)} ms`;
  });
  return [
    `seed ${plan.seed}: ${plan.faults.length} faults in ${(durationMs / 1_000).toFixed(1)} s; ` +
      `${requests} requests (${failed} without a proper answer), ${leases} leases, ${records} records, ${events} events, ` +
      `${streams} streams, ${batches} batches under ${terms} terms; time without a grant:`,
    ...lines,
  ].join('\n');
}

/** What was found, for people, with the command that does the run again; empty where nothing was. */
export function describeReplicas({ plan, findings, folder }: ReplicasReport): string {
  if (findings.length === 0) return '';
  const again = `npm run soak:replicas -- --seed ${plan.seed} --rounds ${plan.faults.length} --faults ${plan.faults.join(',')}`;
  return [
    ...firstOf(findings),
    `Seed ${plan.seed}. Again: ${again} (processes take turns as they please, so it may differ)`,
    `Everything is kept in ${folder}`,
  ].join('\n');
}
