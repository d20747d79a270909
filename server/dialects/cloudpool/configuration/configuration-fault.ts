/** Problems that one answer tells of. */
const PROBLEMS_MAX = 50;

/** What is wrong with a configuration, each as `path: reason`, in the order in which it was found. */
export type Problems = {
  readonly texts: string[];
  /** Is a member of another type than is due? Clients know the two kinds of refusal by their first words. */
  hasMistyped: boolean;
};

/** A configuration that is refused. Its message names every problem, and no value that may be secret. */
export class ConfigurationFault extends Error {
  override readonly name = 'ConfigurationFault';
  readonly problems: readonly string[];

  constructor({ texts, hasMistyped }: Problems) {
    const shown = texts.slice(0, PROBLEMS_MAX);
    const more = texts.length - shown.length;
    const rest = more > 0 ? `; and ${more} more` : '';
    const what = hasMistyped ? 'cloud pool' : 'cloudpool';
    super(`failed to validate ${what} configuration: ${shown.join('; ')}${rest}`);
    this.problems = texts;
  }
}

export function noProblems(): Problems {
  return { texts: [], hasMistyped: false };
}
