/** What stands for the values of a label that came too late. */
const OTHERS = '_other';

/** A label whose values clients choose: the first so many are told apart, the others are counted together. */
export class BoundedLabel {
  readonly #max: number;
  readonly #known = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  of(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#max) return OTHERS;
    this.#known.add(value);
    return value;
  }
}
