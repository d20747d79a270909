import { INVARIANTS } from './report.ts';
import type { RunResult } from './simulation.ts';

/** What a person needs to see of a run that found something, and to see it again. */
export function explainRun(result: RunResult, input: { steps: number; plant?: string | undefined }): string {
  const plant = input.plant === undefined ? '' : ` --plant ${input.plant}`;
  return [
    ...result.tail,
    '',
    `seed ${result.seed} breaks ${result.finding?.invariant} at step ${result.step}: ${result.finding?.detail}`,
    ruleOf(result.finding?.invariant ?? ''),
    `replay: npm run sim -- --seeds 1 --seed ${result.seed} --steps ${input.steps}${plant} --trace`,
  ].join('\n');
}

/** What the invariant says; the numbered ones are in docs/spec. */
function ruleOf(invariant: string): string {
  const rule = (INVARIANTS as Readonly<Record<string, string>>)[invariant];
  return rule === undefined ? `  see ${invariant} in docs/spec` : `  the rule: ${rule}`;
}
