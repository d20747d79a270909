import { refuseInput } from '@poolkeeper/core';

/** The opaque place in a list after an entry. */
export function cursorAfter(key: string): string {
  return Buffer.from(key).toString('base64url');
}

/** The key of the entry that a cursor stands after. Errors: `invalid_input` for what is no cursor of ours. */
export function keyOfCursor(cursor: string | undefined, pointer = '/query/cursor'): string | undefined {
  if (cursor === undefined) return undefined;
  const key = Buffer.from(cursor, 'base64url').toString();
  if (cursor === '' || cursorAfter(key) !== cursor) {
    throw refuseInput(pointer, 'The cursor is none of ours. Send the `next` of the page before as it came.');
  }
  return key;
}
