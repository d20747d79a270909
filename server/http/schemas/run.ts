import { FAILURE_ACTIONS, RUN_PHASES, RUN_STATUSES, STEP_KINDS, TRANSITIONS } from '@poolkeeper/core';
import { Type } from 'typebox';
import {
  AnyObject,
  Input,
  Instant,
  Labels,
  Line,
  MaybeInstant,
  MaybeText,
  Name,
  Nullable,
  OneOf,
  Shared,
  Texts,
} from '../../schemas/common.ts';
import { paging } from './page.ts';

const ID_LENGTH_MAX = 64;
const REASON_LENGTH_MAX = 500;
const STEP_OUTCOMES = ['passed', 'failed', 'skipped', 'unneeded'] as const;

export const RunsQuery = Input({
  ...paging,
  resource: Type.Optional(
    Type.String({ maxLength: ID_LENGTH_MAX, description: 'Runs of the resource with this id.' }),
  ),
  pool: Type.Optional(Name('Runs of members of this pool.')),
  status: Type.Optional(OneOf(RUN_STATUSES)),
  waiting: Type.Optional(
    Type.Literal('true', { description: 'Those that wait for a person to approve or deny.' }),
  ),
});
export type RunsQuery = Type.Static<typeof RunsQuery>;

export const ApprovalInput = Input(
  { reason: Type.Optional(Line(REASON_LENGTH_MAX, 'Why, for people; it is kept as evidence.')) },
  { $id: 'RunApproval' },
);

export const DenialInput = Input(
  {
    reason: Type.Unsafe<string>({
      ...Line(REASON_LENGTH_MAX, 'Why, for people; it is kept as evidence.'),
      minLength: 1,
    }),
  },
  { $id: 'RunDenial' },
);

const Report = Type.Object({
  outcome: OneOf(STEP_OUTCOMES),
  attempts: Type.Integer(),
  startedAt: Instant,
  endedAt: Instant,
  exitCode: Nullable(Type.Integer()),
  outputDigest: Type.Unsafe<string | null>({ ...MaybeText, description: 'SHA-256 of its output, in hex.' }),
  outputBytes: Type.Integer(),
  evidence: Nullable(AnyObject),
  error: MaybeText,
  skipped: Nullable(
    Type.Object(
      { by: Type.String(), reason: Type.String() },
      { description: "An operator's word in the place of a pass." },
    ),
  ),
});

const RunStep = Type.Object({
  name: Type.String(),
  phase: OneOf(RUN_PHASES),
  workflow: Type.String(),
  uses: OneOf(STEP_KINDS),
  with: AnyObject,
  secrets: Type.Array(
    Type.Object({
      pointer: Type.String({ description: 'RFC 6901, into `with`.' }),
      text: Type.String({ description: 'What stands there, secrets by their names.' }),
    }),
  ),
  timeout: Type.String(),
  retries: Type.Integer(),
  pauses: Type.Optional(Texts),
  if: MaybeText,
  onFailure: OneOf(FAILURE_ACTIONS),
  runsOn: Labels,
  report: Nullable(Report),
});

export const RunBody = Type.Object(
  {
    id: Type.String(),
    resource: Type.String(),
    resourceName: Type.String(),
    pool: Type.String(),
    transition: OneOf(TRANSITIONS),
    epoch: Type.Integer({ description: 'The epoch of the resource that it belongs to.' }),
    lease: MaybeText,
    holder: MaybeText,
    status: OneOf(RUN_STATUSES),
    step: Type.Unsafe<string | null>({
      ...MaybeText,
      description: 'The step that it is at; null when it is through.',
    }),
    asks: Type.Unsafe<string | null>({
      ...MaybeText,
      description: 'What it asks of a person, who approves or denies; null where it waits for nobody.',
    }),
    stepStartedAt: MaybeInstant,
    dueAt: Type.Unsafe<string | null>({
      ...MaybeInstant,
      description: 'When a `wait` is over, or the time for an approval.',
    }),
    steps: Type.Array(RunStep),
    workflows: Type.Unsafe<Readonly<Record<string, number>>>({
      type: 'object',
      additionalProperties: { type: 'integer' },
      description: 'Which versions of which workflows the steps are of.',
    }),
    startedAt: Instant,
    endedAt: MaybeInstant,
    version: Type.Integer(),
  },
  { $id: 'Run' },
);
export type RunBody = Type.Static<typeof RunBody>;
export const Run = Shared(RunBody);
