import type { Clock } from '../../timers.ts';
import type { Ec2Instance } from './ec2-instance.ts';
import type { Tags } from './tags.ts';

/**
 * How long EC2 may take until every one of its answers shows what it has confirmed. Milliseconds. AWS promises no number and advises
 * to look again for up to five minutes.
 */
export const SETTLE_MS_MAX = 5 * 60_000;
/** How many machines are remembered so; of more the one that was written first is forgotten. */
const ENTRIES_MAX = 10_000;

type Entry = {
  /** Null: nothing is known but its tags, so what is not listed is not there. */
  readonly instance: Ec2Instance | null;
  /** What was written last; null was taken away. */
  readonly tags: Readonly<Record<string, string | null>>;
  readonly until: number;
};

/**
 * What EC2 has confirmed and may not show yet: it is eventually consistent, and a list that lacks a machine which was made a second ago
 * does not say that it is gone.
 *
 * What is listed counts for what it is, with the tags that were written since; what is not listed at all counts as it was told when it
 * was made. EC2 lists what has ended for an hour, so a machine that is missing has not come to its end meanwhile.
 */
export class Unsettled {
  readonly #clock: Clock;
  /** In the order of the writing. */
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It was made, or attached: it is there, whatever lists say. */
  exists(instance: Ec2Instance): void {
    this.#put(instance.id, { instance, tags: this.#get(instance.id)?.tags ?? {} });
  }

  tagged(id: string, tags: Tags): void {
    const entry = this.#get(id);
    this.#put(id, { instance: entry?.instance ?? null, tags: { ...entry?.tags, ...tags } });
  }

  /** It was let go: what is not listed any more is not there. */
  untagged(id: string, names: readonly string[]): void {
    const taken = Object.fromEntries(names.map((name) => [name, null]));
    this.#put(id, { instance: null, tags: { ...this.#get(id)?.tags, ...taken } });
  }

  /** Its end was asked for, or was seen. */
  ended(id: string): void {
    this.#entries.delete(id);
  }

  /** What is known to exist, as far as it was told. */
  find(id: string): Ec2Instance | undefined {
    const entry = this.#get(id);
    return entry?.instance === null || entry === undefined ? undefined : withTags(entry.instance, entry.tags);
  }

  findWith(name: string, value: string): Ec2Instance | undefined {
    for (const [id, entry] of this.#entries) {
      const isWorthALook = entry.instance?.tags[name] === value || entry.tags[name] === value;
      const found = isWorthALook ? this.find(id) : undefined;
      if (found?.tags[name] === value) return found;
    }
    return undefined;
  }

  /** What EC2 listed, as it will be listed once it has settled. */
  settle(listed: readonly Ec2Instance[]): Ec2Instance[] {
    const ids = new Set(listed.map(({ id }) => id));
    const shown = listed.map((instance) => withTags(instance, this.#get(instance.id)?.tags ?? {}));
    return [...shown, ...this.#known().filter(({ id }) => !ids.has(id))];
  }

  #known(): Ec2Instance[] {
    return [...this.#entries.keys()].map((id) => this.find(id)).filter((instance) => instance !== undefined);
  }

  #get(id: string): Entry | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.until > this.#clock.now()) return entry;
    this.#entries.delete(id);
    return undefined;
  }

  #put(id: string, entry: Omit<Entry, 'until'>): void {
    this.#entries.delete(id);
    this.#entries.set(id, { ...entry, until: this.#clock.now() + SETTLE_MS_MAX });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > ENTRIES_MAX && oldest !== undefined) this.#entries.delete(oldest);
  }
}

function withTags(instance: Ec2Instance, written: Entry['tags']): Ec2Instance {
  const tags = Object.entries({ ...instance.tags, ...written }).filter(([, value]) => value !== null);
  return { ...instance, tags: Object.fromEntries(tags) as Tags };
}
