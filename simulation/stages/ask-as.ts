import { Refusal } from '@poolkeeper/core';
import type { Command, ReplyTo } from '@poolkeeper/core';
import type { Scene } from '../scene.ts';

export type Asked<C extends Command> = {
  readonly who: string;
  readonly command: C;
  /** Does the answer get lost on its way? */
  readonly isLost?: boolean;
  readonly answered: (reply: ReplyTo<C>) => void;
  readonly refused?: (refusal: Refusal) => void;
  /** Called in every case, first. */
  readonly anyway?: () => void;
};

/** Sends a command as a program on the network does, and hands over its answer, if that gets there. */
export function askAs<C extends Command>({ machine, trace }: Scene, asked: Asked<C>): void {
  const { who, command, isLost = false } = asked;
  const what = `${who}: ${JSON.stringify(command)}`;
  machine
    .call(what, (keeper) => keeper.ask(command))
    .then(
      (reply) => {
        asked.anyway?.();
        trace.add(`${what} ${isLost ? 'answer lost' : 'answered'}`);
        if (!isLost) asked.answered(reply);
      },
      (error: Error) => {
        asked.anyway?.();
        trace.add(`${what} ${error instanceof Refusal ? error.code : error.name}`);
        const isNo = error instanceof Refusal && error.kind !== 'unavailable';
        if (isNo && !isLost) asked.refused?.(error);
      },
    );
}
