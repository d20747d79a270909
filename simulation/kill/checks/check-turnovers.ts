import type { Findings } from './finding.ts';
import type { Story } from './story.ts';

/** A line that a step of the pool "tubs" wrote (`tub-step.sh`): `found` is a mark of another lease, `of` whose. */
export type StepLine = {
  readonly act: string;
  readonly key: string;
  readonly run: string;
  readonly step: string;
  readonly resource: string;
  readonly lease: string;
  readonly of: string;
};

/** The chain of records of one resource, as its export and the public keys verify it. `records`: how many there are. */
export type VerifiedChain = {
  readonly resource: string;
  readonly verdict: string;
  readonly records: number;
  readonly faults: readonly string[];
};

export type TurnoverEvidence = {
  readonly steps: readonly StepLine[];
  readonly chains: readonly VerifiedChain[];
};

/** Reads what the steps wrote. A line that a kill cut off is none. */
export function readStepLines(text: string): StepLine[] {
  return text.split('\n').flatMap((line) => {
    const [act, key, run, step, resource, lease, of, ...more] = line.split(' ');
    if (of === undefined || more.length > 0) return [];
    return [{ act, key, run, step, resource, lease, of } as StepLine];
  });
}

/** Checks what happened between two holders: by what steps did and found, and by the signed records. */
export function checkTurnovers(story: Story, { steps, chains }: TurnoverEvidence, findings: Findings): void {
  for (const { act, resource, lease, of } of steps) {
    if (act !== 'found') continue;
    findings.add(
      'clean-before-free',
      `${lease} got ${resource} with the mark of ${of}`,
      story.leases.get(of)?.ended,
    );
  }
  const begun = Map.groupBy(steps, ({ run, step }) => `${step} of ${run}`);
  for (const [what, lines] of begun) {
    const keys = new Set(lines.map(({ key }) => key));
    if (keys.size > 1) findings.add('one-key-per-step', `${what} was done under ${keys.size} keys`, ...keys);
  }
  for (const { resource, verdict, records, faults } of chains) {
    if (verdict !== 'proven')
      findings.add('records-proven', `the records of ${resource} are ${verdict}`, ...faults);
    const returned = countReturns(story, resource);
    if (records !== returned)
      findings.add('records-proven', `${resource} came back ${returned} times and has ${records} records`);
  }
}

function countReturns({ leases }: Story, resource: string): number {
  const returned = [...leases.values()].flatMap(({ ended }) => ended?.data.resources ?? []);
  return returned.filter(({ id }) => id === resource).length;
}
