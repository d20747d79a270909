import type { Observation } from '@poolkeeper/core';

/** A thing that a provider made: it lives on whatever happens to the keeper. */
export type Thing = {
  readonly resource: string;
  readonly externalId: string;
  /** From when on it answers; milliseconds of the simulation's time. */
  readonly upAt: number;
  state: 'alive' | 'sick' | 'dead';
  /** While a thing goes down, it is still listed. */
  goneAt: number | null;
};

/** One place outside: things by the resource that they were made for. */
export class Outside {
  readonly things = new Map<string, Thing>();
  readonly #forbidden = new Set<string>();
  #nextNumber = 1;

  /** Makes the thing of a resource, or finds it. */
  create(resource: string, upAt: number): Thing {
    const known = this.things.get(resource);
    if (known !== undefined) return known;
    const thing: Thing = {
      resource,
      externalId: `ext-${this.#nextNumber++}`,
      upAt,
      state: 'alive',
      goneAt: null,
    };
    if (!this.#forbidden.has(resource)) this.things.set(resource, thing);
    return thing;
  }

  /** Somebody takes the thing away by hand, and sees to it that no call that is still under way makes it. */
  removeForGood(resource: string): void {
    this.things.delete(resource);
    this.#forbidden.add(resource);
  }

  /** Asks for the end of a thing; it is there until `goneAt`. */
  destroy(resource: string, goneAt: number): void {
    const thing = this.things.get(resource);
    if (thing !== undefined) thing.goneAt ??= goneAt;
  }

  /** Forgets what has gone by now. */
  pass(now: number): void {
    for (const thing of this.things.values()) {
      if (thing.goneAt !== null && thing.goneAt <= now) this.things.delete(thing.resource);
    }
  }

  observe(now: number): Observation[] {
    this.pass(now);
    return [...this.things.values()].map((thing) => observationOf(thing, now));
  }
}

/** What a provider says about a thing. */
export function observationOf(thing: Thing, now: number): Observation {
  const isUp = thing.upAt <= now;
  return {
    resource: thing.resource,
    externalId: thing.externalId,
    machine:
      thing.state === 'dead'
        ? 'TERMINATED'
        : thing.goneAt !== null
          ? 'TERMINATING'
          : isUp
            ? 'RUNNING'
            : 'PENDING',
    liveness:
      thing.state === 'sick' ? 'UNHEALTHY' : thing.state === 'dead' ? 'UNKNOWN' : isUp ? 'LIVE' : 'BOOTING',
    addresses: isUp ? [`10.0.0.${thing.externalId.slice(4)}`] : [],
    endpoints: {},
  };
}
