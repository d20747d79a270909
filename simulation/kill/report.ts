import type { Finding } from './checks/finding.ts';
import type { KillReport } from './kill-run.ts';

const FINDINGS_SHOWN_MAX = 20;
const EVIDENCE_SHOWN_MAX = 8;

/** One line that says what a run did. */
export function summaryOf(report: KillReport): string {
  const { plan, ends, killedStarts, durationMs, startsMs, stopsMs } = report;
  const { requests, visits, cut, leases, records, events } = report;
  return [
    `seed ${plan.seed}: ${ends} × ${plan.signal} and ${killedStarts} starts killed in ${(durationMs / 1_000).toFixed(1)} s`,
    `${requests} requests (${cut} answers cut off), ${visits} visits, ${leases} leases, ${records} records, ${events} events`,
    `start ${median(startsMs)} ms (longest ${Math.max(...startsMs)})`,
    `stop ${median(stopsMs)} ms (longest ${Math.max(...stopsMs)})`,
  ].join('; ');
}

/** What was found, for people, with the command that does the run again; empty where nothing was. */
export function describeFindings({ plan, findings, folder }: KillReport): string {
  if (findings.length === 0) return '';
  const again = `node simulation/kill/main.ts --rounds ${plan.rounds} --seed ${plan.seed} --signal ${plan.signal}`;
  return [...firstOf(findings), `Seed ${plan.seed}. Again: ${again}`, `Everything is kept in ${folder}`].join(
    '\n',
  );
}

/** The first findings, each in some lines, and how many more there are. */
export function firstOf(findings: readonly Finding[]): string[] {
  const shown = findings.slice(0, FINDINGS_SHOWN_MAX).map(describeFinding);
  return findings.length > shown.length ? [...shown, `… and ${findings.length - shown.length} more`] : shown;
}

function describeFinding({ rule, broken, detail, round, evidence }: Finding): string {
  const where = round === null ? '' : ` (round ${round})`;
  const lines = evidence.slice(0, EVIDENCE_SHOWN_MAX).map((line) => `    ${line}`);
  return [`${rule}${where}: ${detail}`, `  broken: ${broken}`, ...lines].join('\n');
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
