import type { Command, World } from '@poolkeeper/core';

/** A command in the mailbox, with who waits for it. `look`: what of the world is read in the decision itself. */
export type Entry = {
  readonly command: Command;
  readonly look: ((reply: never, world: World) => unknown) | undefined;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
};

/** What came of it, to be said once it is durable. */
export type Answer = { readonly entry: Entry; readonly error?: unknown; readonly value?: unknown };

/** A command that nobody waits for. */
export function byItself(command: Command): Entry {
  return { command, look: undefined, resolve: () => {}, reject: () => {} };
}

export function settleAnswer({ entry, error, value }: Answer): void {
  if (error === undefined) entry.resolve(value as never);
  else entry.reject(error);
}
