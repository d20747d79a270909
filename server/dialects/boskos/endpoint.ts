import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from './access.ts';
import type { BoskosParts } from './parts.ts';
import type { Query } from './query.ts';
import type { TypePools } from './type-pools.ts';
import type { WaitingLines } from './waiting-lines.ts';

/** What an endpoint answers with 200. */
export type Answer = {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Done, and nothing to say. */
export const NOTHING: Answer = { body: '' };

/** One request, as far as an endpoint has to know. */
export type Exchange = BoskosParts & {
  readonly caller: Caller;
  readonly query: Query;
  readonly types: TypePools;
  readonly lines: WaitingLines;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
};

export type Endpoint = {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** May viewers use it too? */
  readonly isReading: boolean;
  /** What is said of another method. */
  readonly refuseMethod: (method: string) => string;
  /** Errors: `BoskosError`, `Refusal`. */
  readonly run: (exchange: Exchange) => Promise<Answer>;
  /** What is said before the refusal of the core, such as a store that takes no writes. */
  readonly prefix: (query: Query) => string;
};

export function onlyAccepts(path: string): (method: string) => string {
  return (method) => `Method ${method}, ${path} only accepts POST.`;
}
