import { TRANSITIONS } from '@poolkeeper/core';
import type { JsonObject } from '@poolkeeper/core';
import { Type } from 'typebox';
import {
  AnyObject,
  Duration,
  Input,
  Instant,
  Labels,
  LabelsInput,
  Line,
  MaybeText,
  Name,
  Nullable,
  OneOf,
  Shared,
  Texts,
  Whole,
} from '../../schemas/common.ts';
import { OUTPUT_STREAMS } from '../../runners/contract.ts';
import { paging } from './page.ts';

const VERSION_LENGTH_MAX = 64;
const ERROR_LENGTH_MAX = 4_096;
const EVIDENCE_BYTES_MAX = 4_096;
const EVIDENCE_DEPTH_MAX = 8;
const CHUNKS_MAX = 64;
/** Characters of base64 in one piece of output, and in one request: what 512 KiB come to. */
const CHUNK_LENGTH_MAX = 720_000;
const COUNT_MAX = Number.MAX_SAFE_INTEGER;
/** A week: longer than any step may take. */
const DURATION_MS_MAX = 7 * 86_400_000;
const EXIT_CODE_MAX = 4_294_967_295;

export const ClaimInput = Input(
  {
    name: Name('The runner’s own name; with that of its token it tells runners apart.'),
    labels: Type.Optional(
      LabelsInput(
        'What the runner is and has. It gets jobs whose `runsOn` are all among them. A token that has labels has no others.',
      ),
    ),
    version: Type.Optional(Line(VERSION_LENGTH_MAX, 'The version of its program, for people.')),
    wait: Type.Optional(Duration('How long to wait for a job; at most, and where nothing is said, 30s.')),
  },
  { $id: 'RunnerClaim' },
);

const fence = Whole(1, COUNT_MAX, 'The fence of the claim.');
export const FenceInput = Input({ fence }, { $id: 'RunnerFence' });

export const OutputInput = Input(
  {
    fence,
    chunks: Type.Array(
      Input({
        seq: Whole(1, COUNT_MAX, 'Counts from 1 in each claim: what is sent again is written once.'),
        stream: OneOf(OUTPUT_STREAMS, '`note`: what the runner itself has to say.'),
        data: Type.String({
          maxLength: CHUNK_LENGTH_MAX,
          pattern: '^[A-Za-z0-9+/]*={0,2}$',
          description: 'Base64.',
        }),
      }),
      { minItems: 1, maxItems: CHUNKS_MAX },
    ),
  },
  { $id: 'RunnerOutput' },
);

export const OutcomeInput = Input(
  {
    fence,
    isPassed: Type.Boolean(),
    mayRetry: Type.Boolean({ description: 'Is another attempt worth it?' }),
    durationMs: Whole(0, DURATION_MS_MAX, 'How long the attempt took, in milliseconds.'),
    exitCode: Nullable(Whole(0, EXIT_CODE_MAX, 'Of a program; null else.')),
    outputDigest: Nullable(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description: 'SHA-256 of all output as it was sent, in hex.',
      }),
    ),
    outputBytes: Whole(0, COUNT_MAX, 'Bytes of all output as it was sent.'),
    evidence: Type.Unsafe<Readonly<Record<string, never>> | null>({
      type: ['object', 'null'],
      additionalProperties: true,
      'x-max-bytes': EVIDENCE_BYTES_MAX,
      'x-max-depth': EVIDENCE_DEPTH_MAX,
      description: 'What the step shows for its outcome.',
    }),
    error: Nullable(
      Type.String({ maxLength: ERROR_LENGTH_MAX, description: 'For people; null when it passed.' }),
    ),
  },
  { $id: 'RunnerOutcome' },
);

const StepOfJob = Type.Object({
  run: Type.String(),
  index: Type.Integer(),
  name: Type.String(),
  workflow: Type.String(),
  transition: OneOf(TRANSITIONS),
  uses: Type.String({ description: 'The kind of the step.' }),
  with: Type.Unsafe<JsonObject>({
    ...AnyObject,
    description: 'Its input, secrets opened: for this runner alone.',
  }),
  timeoutMs: Type.Integer(),
  attempt: Type.Integer({ description: 'Counts from 1.' }),
  lease: MaybeText,
  holder: MaybeText,
});

const ResourceOfJob = Type.Object({
  id: Type.String(),
  name: Type.String(),
  pool: Type.String(),
  kind: Type.String(),
  epoch: Type.Integer(),
  addresses: Texts,
  endpoints: Labels,
});

export const RunnerJobBody = Type.Object(
  {
    job: Type.String({
      description: 'Also the idempotency key: the same for every attempt that may be the same work.',
    }),
    fence: Type.Integer({ description: 'Belongs into every report.' }),
    heartbeat: Type.String({
      description: 'How often to say that it goes on; three missed ones lose the job.',
    }),
    step: StepOfJob,
    resource: ResourceOfJob,
    provider: Type.String(),
    externalId: MaybeText,
    secrets: Type.Unsafe<readonly string[]>({
      ...Texts,
      description: 'What to mask in everything that the step puts out.',
    }),
  },
  { $id: 'RunnerJob' },
);
export type RunnerJobBody = Type.Static<typeof RunnerJobBody>;
export const RunnerJob = Shared(RunnerJobBody);

export const RunnersQuery = Input({ ...paging });

export const RunnerBody = Type.Object(
  {
    name: Type.String(),
    token: Type.String({ description: 'The name of its token.' }),
    labels: Labels,
    version: Type.String({ description: 'Empty until it says.' }),
    state: OneOf(
      ['connected', 'silent'],
      '`silent`: nothing was heard of it for a while; its jobs go to others.',
    ),
    firstSeenAt: Instant,
    lastSeenAt: Instant,
    jobs: Type.Array(
      Type.Object({
        job: Type.String(),
        run: Type.String(),
        step: Type.String(),
        pool: Type.String(),
        resource: Type.String(),
        since: Instant,
        heardAt: Instant,
      }),
      { description: 'What it does now, in the token’s grant.' },
    ),
  },
  { $id: 'Runner' },
);
export type RunnerBody = Type.Static<typeof RunnerBody>;
export const Runner = Shared(RunnerBody);
