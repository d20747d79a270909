import { EVENT_TYPES, WEBHOOK_KINDS } from '@poolkeeper/core';
import { Type } from 'typebox';
import {
  EVENT_PATTERN,
  Input,
  Instant,
  MAIL_ADDRESS_PATTERN,
  MaybeInstant,
  MaybeText,
  NAME_PATTERN,
  Nullable,
  OneOf,
  Shared,
  SIGNING_SECRET_PATTERN,
  Texts,
} from '../../schemas/common.ts';
import { paging } from './page.ts';
import { PATH_PART_LENGTH_MAX } from './path.ts';

const URL_LENGTH_MAX = 2_048;
const ADDRESSES_MAX = 20;
const ADDRESS_LENGTH_MAX = 254;
const POOLS_MAX = 1_000;
export const WebhookPath = Type.Object({
  webhook: Type.String({ minLength: 1, maxLength: PATH_PART_LENGTH_MAX }),
});
export const WebhooksQuery = Input({ ...paging });

export const WebhookInput = Input(
  {
    url: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: URL_LENGTH_MAX,
        description: 'Where messages are posted: http or https, without a user and a password in it.',
      }),
    ),
    to: Type.Optional(
      Type.Unsafe<readonly string[]>({
        type: 'array',
        minItems: 1,
        maxItems: ADDRESSES_MAX,
        uniqueItems: true,
        items: { type: 'string', maxLength: ADDRESS_LENGTH_MAX, pattern: MAIL_ADDRESS_PATTERN },
        description: 'Where mail is sent, in the place of `url`.',
      }),
    ),
    events: Input(
      {
        types: Type.Unsafe<readonly string[]>({
          type: 'array',
          minItems: 1,
          maxItems: EVENT_TYPES.length,
          items: { type: 'string', pattern: EVENT_PATTERN },
          description: 'Types of events, whole (`lease.granted`), by family (`lease.*`), or all (`*`).',
        }),
        pools: Type.Optional(
          Type.Unsafe<readonly string[] | null>({
            type: ['array', 'null'],
            minItems: 1,
            maxItems: POOLS_MAX,
            uniqueItems: true,
            items: { type: 'string', pattern: NAME_PATTERN },
            description: 'Only what happens to these pools and in them; null is everything.',
          }),
        ),
      },
      { description: 'What is told.' },
    ),
    secret: Type.Optional(
      Type.String({
        pattern: SIGNING_SECRET_PATTERN,
        description: 'What messages are signed with; made by the server where a new webhook says nothing.',
      }),
    ),
    newSecret: Type.Optional(
      Type.Boolean({ description: 'Has the server make a new secret, and show it in this answer.' }),
    ),
    disabled: Type.Optional(Type.Boolean({ description: 'Nothing is sent; what happens meanwhile waits.' })),
  },
  { $id: 'WebhookSpecification', description: 'Who is told of what.' },
);
export type WebhookInput = Type.Static<typeof WebhookInput>;

export const WEBHOOK_STATES = ['ok', 'failing', 'stopped', 'disabled'] as const;

export const WebhookBody = Type.Object(
  {
    name: Type.String(),
    kind: OneOf(WEBHOOK_KINDS),
    url: MaybeText,
    to: Nullable(Texts),
    events: Type.Object({ types: Texts, pools: Nullable(Texts) }),
    disabled: Type.Boolean(),
    state: OneOf(
      WEBHOOK_STATES,
      '`failing`: tried again by itself. `stopped`: given up, until a person says retry.',
    ),
    sentThrough: Type.Integer({ description: 'The number of the last event that it has, or did not want.' }),
    behind: Type.Integer({ description: 'Events after that one.' }),
    attempts: Type.Integer({ description: 'Attempts that failed in a row.' }),
    failingSince: MaybeInstant,
    nextAttemptAt: MaybeInstant,
    lastError: MaybeText,
    createdAt: Instant,
    version: Type.Integer({ description: 'Rises with each change of the specification; the entity tag.' }),
    secret: Type.Optional(
      Type.String({
        description: 'Shown this once, by the answer that made it; messages are signed with it.',
      }),
    ),
  },
  { $id: 'Webhook' },
);
export type WebhookBody = Type.Static<typeof WebhookBody>;
export const Webhook = Shared(WebhookBody);

export const WebhookTestBody = Type.Object(
  {
    delivered: Type.Boolean(),
    error: MaybeText,
    durationMs: Type.Integer({ description: 'How long the attempt took.' }),
  },
  { $id: 'WebhookTest' },
);
export const WebhookTest = Shared(WebhookTestBody);
