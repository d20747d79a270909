import { ROLLOUT_SHARE } from '@poolkeeper/core';
import type { JsonObject } from '@poolkeeper/core';
import { Type } from 'typebox';
import type { TSchema } from 'typebox';

/** The building stones of request and response schemas, each with its bound. */

export const NAME_LENGTH_MAX = 63;
/** Names of pools, and kinds. Such a name is safe in a URL, a file name and a host name. */
export const NAME_PATTERN = `^[A-Za-z0-9][A-Za-z0-9._-]{0,${NAME_LENGTH_MAX - 1}}$`;
/** Names of resources. The long ones are of members that are handed over by stage: elsewhere they name whole hosts. */
const RESOURCE_NAME_LENGTH_MAX = 253;
const RESOURCE_NAME_PATTERN = `^[A-Za-z0-9][A-Za-z0-9._-]{0,${RESOURCE_NAME_LENGTH_MAX - 1}}$`;
/** Names of tokens and holders: people and programs, so also what looks like an address or a path. */
export const HOLDER_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._@:/+-]{0,127}$';
/** Names of secrets: safe in a reference, `${secrets.NAME}`. */
export const SECRET_NAME_PATTERN = '^[a-z0-9][a-z0-9._-]{0,62}$';
const LABEL_KEY_PATTERN = '^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$';
/** One line of text for people: no control characters, so that it cannot forge a log or a table. */
const LINE_PATTERN = '^[^\\u0000-\\u001f\\u007f]*$';
/** Characters of an idempotency key that are printable and survive every proxy. */
export const IDEMPOTENCY_KEY_PATTERN = '^[\\x21-\\x7e]{1,255}$';

/** As the Standard Webhooks scheme has it: 24 to 64 bytes in base64, after `whsec_`. */
export const SIGNING_SECRET_PATTERN = '^whsec_[A-Za-z0-9+/]{32,86}={0,2}$';
export const MAIL_ADDRESS_PATTERN = '^[^\\s@<>,;"\\u0000-\\u001f]+@[^\\s@<>,;"\\u0000-\\u001f]+$';
export const EVENT_PATTERN = '^(\\*|[a-z]+\\.(\\*|[a-z]+))$';

/** What a pattern means to people; a fault says it instead of the pattern. */
export const PATTERN_MEANINGS: Readonly<Record<string, string>> = {
  [NAME_PATTERN]: `a name of 1 to ${NAME_LENGTH_MAX} letters, digits, dots, dashes or underscores that begins with a letter or digit`,
  [RESOURCE_NAME_PATTERN]: `a name of 1 to ${NAME_LENGTH_MAX} letters, digits, dots, dashes or underscores that begins with a letter or digit, and of up to ${RESOURCE_NAME_LENGTH_MAX} in a pool with stages`,
  [HOLDER_PATTERN]:
    'a name of 1 to 128 letters, digits or any of . _ @ : / + - that begins with a letter or digit',
  [SECRET_NAME_PATTERN]:
    'a name of 1 to 63 small letters, digits, dots, dashes or underscores that begins with a letter or digit',
  [LABEL_KEY_PATTERN]:
    'a label of 1 to 63 letters, digits, dots, dashes, underscores or slashes that begins and ends with a letter or digit',
  [LINE_PATTERN]: 'text without control characters',
  [ROLLOUT_SHARE.source]: 'a share from 1% to 100%',
  [IDEMPOTENCY_KEY_PATTERN]: '1 to 255 printable characters without spaces',
  [SIGNING_SECRET_PATTERN]: '"whsec_" and 24 to 64 bytes in base64',
  [MAIL_ADDRESS_PATTERN]: 'an address of mail, such as ops@example.org',
  [EVENT_PATTERN]: 'a type of events such as lease.granted, a family such as lease.*, or *',
};

export const DURATION_FORMAT = 'poolkeeper-duration';
export const DURATION_MEANING = 'a duration such as 90s, 15m, 1h30m or PT1H30M';

/** A duration within the bounds of a pause. */
export const PAUSE_FORMAT = 'poolkeeper-pause';
export const PAUSE_MEANING = 'a duration from 100ms to 1h, such as 5s or 2m';

export const LABELS_MAX = 64;
const LABEL_VALUE_LENGTH_MAX = 255;
const ADDRESSES_MAX = 16;
const ADDRESS_LENGTH_MAX = 255;
const ENDPOINTS_MAX = 16;
const ENDPOINT_LENGTH_MAX = 1_024;
const PARAMS_BYTES_MAX = 16 * 1_024;
const TEMPLATE_BYTES_MAX = 64 * 1_024;
const STEP_BYTES_MAX = 64 * 1_024;
const JSON_DEPTH_MAX = 8;

export function Name(description: string) {
  return Type.String({ pattern: NAME_PATTERN, description });
}

/** Of a member that is registered. */
export function ResourceName() {
  return Type.String({
    pattern: RESOURCE_NAME_PATTERN,
    description: `Unique in its pool; more than ${NAME_LENGTH_MAX} characters only where members are handed over by stage.`,
  });
}

export function Holder(description: string) {
  return Type.String({ pattern: HOLDER_PATTERN, description });
}

export function Duration(description: string) {
  return Type.String({
    format: DURATION_FORMAT,
    maxLength: 64,
    description: `${description} As ${DURATION_MEANING}.`,
  });
}

/** A line of text for people. */
export function Line(lengthMax: number, description: string) {
  return Type.String({ pattern: LINE_PATTERN, maxLength: lengthMax, description });
}

/** One of some words. */
export function OneOf<const Word extends string>(words: readonly Word[], description?: string) {
  return Type.Unsafe<Word>({
    type: 'string',
    enum: [...words],
    ...(description === undefined ? {} : { description }),
  });
}

export function Whole(minimum: number, maximum: number, description: string) {
  return Type.Integer({ minimum, maximum, description });
}

/** The schema, or null. */
export function Nullable<T extends TSchema & { type?: unknown }>(schema: T) {
  const { type, enum: words, ...rest } = schema as T & { enum?: unknown[] };
  const members = words === undefined ? {} : { enum: [...words, null] };
  return Type.Unsafe<Type.Static<T> | null>({ ...rest, ...members, type: [type, 'null'] });
}

/** Labels as they come in. */
export function LabelsInput(description: string) {
  return Type.Unsafe<Readonly<Record<string, string>>>({
    type: 'object',
    maxProperties: LABELS_MAX,
    propertyNames: { type: 'string', pattern: LABEL_KEY_PATTERN },
    additionalProperties: { type: 'string', maxLength: LABEL_VALUE_LENGTH_MAX, pattern: LINE_PATTERN },
    description,
  });
}

export const AddressesInput = Type.Unsafe<readonly string[]>({
  type: 'array',
  maxItems: ADDRESSES_MAX,
  items: { type: 'string', minLength: 1, maxLength: ADDRESS_LENGTH_MAX, pattern: LINE_PATTERN },
  description: 'Where the resource is reached: host names or addresses.',
});

export const EndpointsInput = Type.Unsafe<Readonly<Record<string, string>>>({
  type: 'object',
  maxProperties: ENDPOINTS_MAX,
  propertyNames: { type: 'string', pattern: NAME_PATTERN },
  additionalProperties: {
    type: 'string',
    minLength: 1,
    maxLength: ENDPOINT_LENGTH_MAX,
    pattern: LINE_PATTERN,
  },
  description: 'What the resource serves: URL by name.',
});

/** Any JSON object, bounded in bytes and depth by keywords of `validator.ts`. */
export function JsonInput(bytesMax: number, description: string) {
  return Type.Unsafe<JsonObject>({
    type: 'object',
    additionalProperties: true,
    'x-max-bytes': bytesMax,
    'x-max-depth': JSON_DEPTH_MAX,
    description,
  });
}

export const ParamsInput = JsonInput(
  PARAMS_BYTES_MAX,
  'Anything that programs want to know of the resource.',
);
/** What a step takes; its kind says what is allowed in it. */
export function StepInput(description: string) {
  return JsonInput(STEP_BYTES_MAX, description);
}
export const TemplateInput = JsonInput(TEMPLATE_BYTES_MAX, 'What the provider makes a member from.');

/** An object as it comes in: members that are not known are refused by name. */
export function Input<T extends Type.TProperties>(members: T, options: Type.TObjectOptions = {}) {
  return Type.Object(members, { additionalProperties: false, ...options });
}

export const Labels = Type.Unsafe<Readonly<Record<string, string>>>({
  type: 'object',
  additionalProperties: { type: 'string' },
});
export const AnyObject = Type.Unsafe<JsonObject>({ type: 'object', additionalProperties: true });
export const Texts = Type.Unsafe<readonly string[]>({ type: 'array', items: { type: 'string' } });
export const Instant = Type.String({ format: 'date-time', description: 'RFC 3339, UTC, with milliseconds.' });
export const MaybeInstant = Nullable(Instant);
export const MaybeText = Nullable(Type.String());

/** A schema that all of the document shares under a name. */
export function Shared<T extends TSchema>(schema: T & { $id?: string }) {
  return Type.Unsafe<Type.Static<T>>({ $ref: `${schema.$id}#` });
}
