import { RUN_PHASES, STEP_KINDS, TURNOVER_VERDICTS } from '@poolkeeper/core';
import type { TurnoverRecord } from '@poolkeeper/core';
import { Type } from 'typebox';
import { AnyObject, MaybeText, Nullable, OneOf, Shared } from '../../schemas/common.ts';

const STEP_OUTCOMES = ['passed', 'failed', 'skipped', 'unneeded'] as const;
const At = Type.Integer({ description: 'Milliseconds since 1970, UTC.' });

const TurnoverStep = Type.Object(
  {
    run: Type.String(),
    phase: OneOf(RUN_PHASES),
    workflow: Type.String(),
    name: Type.String(),
    uses: OneOf(STEP_KINDS),
    outcome: OneOf(STEP_OUTCOMES),
    attempts: Type.Integer(),
    startedAt: At,
    endedAt: At,
    exitCode: Nullable(Type.Integer()),
    outputDigest: Type.Unsafe<string | null>({ ...MaybeText, description: 'SHA-256 of its output, in hex.' }),
    outputBytes: Type.Integer(),
    evidence: Nullable(AnyObject),
    error: MaybeText,
    skipped: Nullable(Type.Object({ by: Type.String(), reason: Type.String() })),
  },
  { additionalProperties: true },
);

/** It leaves as it was signed, so nothing of it is renamed, dropped or told in another way. */
const Record = Type.Object(
  {
    resource: Type.String(),
    name: Type.String(),
    pool: Type.String(),
    kind: Type.String(),
    provider: Type.String(),
    number: Type.Integer({ description: '1 for the first of a resource; none is left out.' }),
    previous: Type.Unsafe<string | null>({ ...MaybeText, description: 'Hash of the record before it.' }),
    epoch: Type.Integer(),
    lease: MaybeText,
    holder: MaybeText,
    startedAt: At,
    endedAt: At,
    verdict: OneOf(TURNOVER_VERDICTS),
    steps: Type.Array(TurnoverStep),
  },
  { additionalProperties: true, description: 'The record as it was signed.' },
);

const sealed = {
  record: Type.Unsafe<TurnoverRecord>(Record),
  hash: Type.String({ description: 'SHA-256 of the signed payload, in hex.' }),
  jws: Type.String({ description: 'Compact JWS (RFC 7515) over the record as canonical JSON (RFC 8785).' }),
};

export const SealedTurnoverBody = Type.Object(sealed, { $id: 'Turnover' });
export const SealedTurnover = Shared(SealedTurnoverBody);

export const TurnoverExportBody = Type.Object(
  {
    format: Type.String(),
    chains: Type.Array(
      Type.Object({
        resource: Type.String(),
        records: Type.Array(Type.Object(sealed)),
        head: Type.Object(
          {
            head: Type.Object({
              resource: Type.String(),
              count: Type.Integer(),
              hash: MaybeText,
              exportedAt: At,
            }),
            jws: Type.String(),
          },
          {
            description:
              'Where the chain ended, signed, so that a record that is missing at the end is missed.',
          },
        ),
      }),
    ),
  },
  { $id: 'TurnoverExport', description: 'What `poolkeeper verify` reads.' },
);
export const TurnoverExport = Shared(TurnoverExportBody);
