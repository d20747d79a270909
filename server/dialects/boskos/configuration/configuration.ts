/** One entry of a configuration, as Boskos reads it: members that are not there are empty. */
export type ResourceEntry = {
  readonly type: string;
  /** Where its members stand first; empty: free. */
  readonly state: string;
  /** Empty: members come and go by themselves. */
  readonly names: readonly string[];
  readonly minCount: number;
  readonly maxCount: number;
  /** In milliseconds; null: for ever. */
  readonly lifespanMs: number | null;
  readonly needs: Readonly<Record<string, number>>;
  readonly config: { readonly type: string; readonly content: string } | null;
};

/** One thing that is wrong with a configuration. `member` is its path, such as `resources[0].names[1]`; empty is the whole. */
export type EntryFault = { readonly member: string; readonly message: string };

/** Faults that one refusal names. */
export const FAULTS_MAX = 50;

/** A configuration that cannot be used: a line for each thing that is wrong with it. */
export class BoskosConfigurationFault extends Error {
  override readonly name = 'BoskosConfigurationFault';
  readonly lines: readonly string[];

  constructor(faults: readonly EntryFault[], options?: { readonly cause?: unknown }) {
    const lines = faults
      .slice(0, FAULTS_MAX)
      .map(({ member, message }) => (member === '' ? message : `${member}: ${message}`));
    if (faults.length > FAULTS_MAX) lines.push(`… and ${faults.length - FAULTS_MAX} more`);
    super(lines.join('\n'), options);
    this.lines = lines;
  }
}
