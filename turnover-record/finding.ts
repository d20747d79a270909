/**
 * What can be wrong, the worst first. `tampered`: somebody changed what was written. `wrongKey`: it is signed by a key that is not
 * among those given. `gap`: a record is missing, or what follows does not build on what comes before. `unproven`: all is as it was
 * written, and a turnover was not verified.
 */
export const FINDING_KINDS = ['tampered', 'wrongKey', 'gap', 'unproven'] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** One thing that is wrong, for people. `number`: the record; null where it is about the whole chain. */
export type Finding = {
  readonly kind: FindingKind;
  readonly resource: string;
  readonly number: number | null;
  readonly message: string;
};

/** The worst kind among findings; undefined where there are none. */
export function worstOf(findings: readonly Finding[]): FindingKind | undefined {
  return FINDING_KINDS.find((kind) => findings.some((finding) => finding.kind === kind));
}
