import type { JsonObject } from '@poolkeeper/core';
import type { Clock } from '../../../timers.ts';

/** A thing of the stand-in. It goes some time after it was asked to. */
export type Thing = {
  readonly kind: string;
  readonly id: string;
  /** What lists say of it. It may change. */
  said: JsonObject;
  readonly region: string;
  readonly parent: string;
  /** How long it takes to go, in milliseconds. */
  readonly lagMs: number;
  goneAt: number | null;
};

export type NewThing = Partial<Pick<Thing, 'region' | 'parent' | 'lagMs'>> & { readonly said: JsonObject };

const LAG_MS = 8_000;

/** Everything that there is in an account, whatever service it belongs to. */
export class Things {
  readonly #clock: Clock;
  #all: Thing[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(kind: string, id: string, { said, region = '', parent = '', lagMs = LAG_MS }: NewThing): Thing {
    const thing: Thing = { kind, id, said, region, parent, lagMs, goneAt: null };
    this.#all.push(thing);
    return thing;
  }

  /** What still is there, on its way out or not. */
  list(kind: string, where: { readonly region?: string; readonly parent?: string } = {}): readonly Thing[] {
    this.#sweep();
    return this.#all.filter(
      (thing) =>
        thing.kind === kind &&
        (where.region === undefined || where.region === '' || thing.region === where.region) &&
        (where.parent === undefined || thing.parent === where.parent),
    );
  }

  find(kind: string, id: string): Thing | undefined {
    return this.list(kind).find((thing) => thing.id === id);
  }

  /** It is gone after its lag. */
  end(thing: Thing): void {
    thing.goneAt ??= this.#clock.now() + thing.lagMs;
  }

  all(): readonly Thing[] {
    this.#sweep();
    return this.#all;
  }

  #sweep(): void {
    const now = this.#clock.now();
    this.#all = this.#all.filter(({ goneAt }) => goneAt === null || goneAt > now);
  }
}
