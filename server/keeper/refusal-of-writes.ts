import { Refusal } from '@poolkeeper/core';
import type { KeeperStatus } from './contract.ts';

/** Commands that may wait for their turn; further ones are refused. */
const MAILBOX_MAX = 50_000;

/** Why a keeper takes no command now; undefined where it does. `waiting`: commands in its mailbox. */
export function refusalOfWrites(status: KeeperStatus, waiting: number): Refusal | undefined {
  if (waiting >= MAILBOX_MAX)
    return new Refusal('too_many_requests', 'Too many requests wait for a decision. Try again soon.');
  switch (status.state) {
    case 'running':
      return undefined;
    case 'loading':
      return unavailable('The server is still loading. Try again soon.');
    case 'stopping':
    case 'stopped':
      return new Refusal('stopping', 'The server is stopping. Try again soon.');
    case 'readonly':
      return unavailable(`The store takes no writes: ${status.reason}`);
    case 'deposed':
      return unavailable('Another server has taken over this world.');
  }
}

export function unavailable(message: string): Refusal {
  return new Refusal('store_unavailable', message);
}
