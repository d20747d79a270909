import type { Machine } from './machine.ts';
import { isMet } from './scenario.ts';
import type { Budget, Figure, ScenarioResult } from './scenario.ts';

const HEADER = ['scenario', 'figure', 'median', 'rounds (least … most)', 'budget', 'kept'] as const;

/** The table for people: one line for each figure. */
export function formatTable(results: ReadonlyMap<string, ScenarioResult>): string {
  const rows: string[][] = [[...HEADER]];
  for (const [name, { figures }] of results) {
    figures.forEach((figure, index) => rows.push(rowOf(index === 0 ? name : '', figure)));
  }
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return lines.join('\n');
}

function rowOf(name: string, figure: Figure): string[] {
  const { rounds = [] } = figure;
  const spread =
    rounds.length > 1
      ? `${rounds.length}: ${round(Math.min(...rounds))} … ${round(Math.max(...rounds))}`
      : '';
  const met = isMet(figure);
  const kept = met === undefined ? '' : met ? 'yes' : `NO, ${missOf(figure)}`;
  return [
    name,
    figure.what,
    `${round(figure.value)} ${figure.unit}`.trim(),
    spread,
    budgetOf(figure.budget),
    kept,
  ];
}

function budgetOf(budget: Budget | undefined): string {
  if (budget === undefined) return '';
  return 'atMost' in budget ? `≤ ${budget.atMost}` : `≥ ${budget.atLeast}`;
}

function missOf({ value, budget }: Figure): string {
  const limit = budget === undefined ? value : 'atMost' in budget ? budget.atMost : budget.atLeast;
  return `by ${Math.round((Math.abs(value - limit) / limit) * 100)} %`;
}

/** Three significant digits, whole from a hundred on. */
function round(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-GB');
  return String(Number(value.toPrecision(3)));
}

/** One line on the machine, beside which every figure has to be read. */
export function formatMachine(machine: Machine): string {
  const { processor, cores, memoryGiB, system, node, commit, fsyncMs } = machine;
  const fsync = `fsync of the data directory p50 ${fsyncMs.p50.toFixed(2)} ms, p99 ${fsyncMs.p99.toFixed(2)} ms`;
  return `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}, commit ${commit ?? 'unknown'}; ${fsync}`;
}
