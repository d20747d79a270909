import type { WorldEvent } from '@poolkeeper/core';

/** Names that are remembered of resources that have gone; of more the oldest are forgotten. */
const NAMES_MAX = 10_000;

/** What clients call the machines that events are about, also those that have left the world since. */
export class MachineNames {
  readonly #names = new Map<string, string>();

  /** Takes names from events, and from the world. */
  learn(events: readonly WorldEvent[], findInWorld: (resource: string) => string | undefined): void {
    for (const { type, resource, data } of events) {
      if (resource === null) continue;
      const { machine, externalId } = data;
      // What was observed of a machine is its state.
      const isName = typeof machine === 'string' && type !== 'resource.observed';
      const told = isName ? machine : externalId;
      const name = typeof told === 'string' ? told : findInWorld(resource);
      if (name === undefined) continue;
      this.#names.delete(resource);
      this.#names.set(resource, name);
    }
    for (const resource of this.#names.keys()) {
      if (this.#names.size <= NAMES_MAX) break;
      this.#names.delete(resource);
    }
  }

  /** The name; where nobody knows another it is the id of the resource. */
  find({ resource }: Pick<WorldEvent, 'resource'>): string | null {
    return resource === null ? null : (this.#names.get(resource) ?? resource);
  }
}
