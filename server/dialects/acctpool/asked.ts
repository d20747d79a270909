import type { JsonObject } from '@poolkeeper/core';
import type { Consumer } from './token-book.ts';

/** A request whose sender is known. */
export type Asked = {
  readonly consumer: Consumer;
  /** What the sender showed. */
  readonly token: string;
  /** Was it shown in a header, and not in the address? */
  readonly isByHeader: boolean;
  readonly query: URLSearchParams;
  /** Of the reservation; empty where none is named. */
  readonly id: string;
};

/** What is answered; nothing in it where there is no body. */
export type Answer = {
  readonly status: 200 | 204 | 302;
  readonly body?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
};
