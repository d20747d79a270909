import type { TurnoverRecord } from '@poolkeeper/core';
import { invariant } from '@poolkeeper/core';
import { JWS_TYPES, openJws } from './jws.ts';

/** The record in a JWS of our own store, without a look at its signature. */
export function readRecord(jws: string): TurnoverRecord {
  const open = openJws(jws, JWS_TYPES.record);
  invariant(open !== undefined, 'the store holds records as they were signed');
  return JSON.parse(open.payload) as TurnoverRecord;
}
