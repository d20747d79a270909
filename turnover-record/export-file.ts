import type { TurnoverRecord } from '@poolkeeper/core';

/** What the file says that it is; another number means another shape. */
export const EXPORT_FORMAT = 'poolkeeper-turnovers/1';

/** A record as it stands in a file: to be read by people, and as it was signed. The two say the same. */
export type SealedTurnover = {
  readonly record: TurnoverRecord;
  /** SHA-256 of the signed payload, in hex. */
  readonly hash: string;
  /** Compact JWS over the record as canonical JSON. */
  readonly jws: string;
};

/** Where a chain ended when it was exported. `hash` is the last record's, null where there is none; instants are milliseconds UTC. */
export type ExportHead = {
  readonly resource: string;
  readonly count: number;
  readonly hash: string | null;
  readonly exportedAt: number;
};

export type SealedHead = { readonly head: ExportHead; readonly jws: string };

/** The records of one resource, from the first to the last. */
export type ChainExport = {
  readonly resource: string;
  readonly head: SealedHead;
  readonly records: readonly SealedTurnover[];
};

export type TurnoverExport = {
  readonly format: typeof EXPORT_FORMAT;
  readonly chains: readonly ChainExport[];
};

/** The text of an export file: for people to look into, and to be verified anywhere. */
export function writeExport(chains: readonly ChainExport[]): string {
  const file: TurnoverExport = { format: EXPORT_FORMAT, chains };
  return `${JSON.stringify(file, null, 2)}\n`;
}
