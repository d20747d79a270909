import { POOL_SIZE_MAX, QUEUE_LENGTH_MAX, QUEUE_ORDERS, RECYCLES, VICTIM_POLICIES } from '@poolkeeper/core';
import type { JsonObject } from '@poolkeeper/core';
import { Type } from 'typebox';
import { LimitsMembers } from './provider-limits.ts';

/**
 * The shape of a configuration file, member by member. The published JSON Schema is made of it too, so each `description`
 * is what an editor shows, and each `title` is what a fault says that is allowed.
 */

export const DURATION_FORMAT = 'poolkeeper-duration';
export const DURATION_MEANING = 'durations such as 90s, 15m, 1h30m or PT1H30M';

const NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$';
const LABEL_KEY_PATTERN = '^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$';
const LINE_PATTERN = '^[^\\u0000-\\u001f\\u007f]*$';
const NAME_MEANING = 'names of 1 to 63 letters, digits, ".", "_" and "-", beginning with a letter or digit';

const LABELS_MAX = 64;
const LABEL_VALUE_LENGTH_MAX = 255;
const ADDRESSES_MAX = 16;
const ADDRESS_LENGTH_MAX = 255;
const ENDPOINTS_MAX = 16;
const ENDPOINT_LENGTH_MAX = 1_024;
const PARAMS_BYTES_MAX = 16 * 1_024;
const TEMPLATE_BYTES_MAX = 64 * 1_024;

function Name(description: string) {
  return Type.String({ pattern: NAME_PATTERN, title: NAME_MEANING, description });
}

function Duration(description: string) {
  const examples = ['90s', '15m', '1h30m', 'PT1H30M'];
  return Type.String({
    format: DURATION_FORMAT,
    maxLength: 64,
    title: DURATION_MEANING,
    description,
    examples,
  });
}

function OneOf<const Word extends string>(words: readonly Word[], description: string) {
  return Type.Unsafe<Word>({ type: 'string', enum: [...words], description });
}

function Whole(maximum: number, description: string) {
  return Type.Integer({ minimum: 0, maximum, description });
}

function Members<T extends Type.TProperties>(members: T, options: Type.TObjectOptions = {}) {
  return Type.Object(members, { additionalProperties: false, ...options });
}

/** Texts by name, such as labels and endpoints. */
function Texts(input: {
  most: number;
  lengthMax: number;
  lengthMin: number;
  keys: { pattern: string; title: string };
  title: string;
  description: string;
}) {
  const { most, lengthMin, lengthMax, keys, title, description } = input;
  return Type.Unsafe<Readonly<Record<string, string>>>({
    type: 'object',
    maxProperties: most,
    propertyNames: { type: 'string', ...keys },
    additionalProperties: {
      type: 'string',
      ...(lengthMin > 0 ? { minLength: lengthMin } : {}),
      maxLength: lengthMax,
      pattern: LINE_PATTERN,
      title,
    },
    title: `maps of at most ${most} texts by name`,
    description,
  });
}

function Labels(description: string) {
  return Texts({
    most: LABELS_MAX,
    lengthMin: 0,
    lengthMax: LABEL_VALUE_LENGTH_MAX,
    keys: {
      pattern: LABEL_KEY_PATTERN,
      title: 'label names of 1 to 63 letters, digits, ".", "_", "-" and "/"',
    },
    title: `lines of text of at most ${LABEL_VALUE_LENGTH_MAX} characters; numbers and true or false go in quotes`,
    description,
  });
}

/** Any JSON object, bounded in bytes by a keyword of `check-shape.ts`. */
function AnyObject(bytesMax: number, description: string, type: 'object' | readonly ['object', 'null']) {
  return Type.Unsafe<JsonObject | null>({
    type,
    additionalProperties: true,
    'x-max-bytes': bytesMax,
    title: 'maps of anything',
    description,
  });
}

const SIZE_MEANING = '{ desired: 3 } and { min: 0, max: 20, buffer: 2 }';

type SizeEntry =
  | { readonly desired: number }
  | { readonly min: number; readonly max: number; readonly buffer: number };

const Size = Type.Unsafe<SizeEntry | null>({
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    desired: Whole(POOL_SIZE_MAX, 'A fixed number of members.'),
    min: Whole(POOL_SIZE_MAX, 'The fewest members.'),
    max: Whole(POOL_SIZE_MAX, 'The most members.'),
    buffer: Whole(POOL_SIZE_MAX, 'Free members beside those in use.'),
  },
  oneOf: [
    { type: 'null' },
    { type: 'object', required: ['desired'], maxProperties: 1 },
    { type: 'object', required: ['min', 'max', 'buffer'], maxProperties: 3 },
  ],
  title: SIZE_MEANING,
  description: `How many members the pool keeps, such as ${SIZE_MEANING}. Left out where members are registered by hand.`,
});

const Lease = Members(
  {
    default: Type.Optional(
      Duration('How long a lease lasts where its request says nothing; 1h, or `max` where that is shorter.'),
    ),
    max: Type.Optional(
      Duration(
        'How long a lease may last, renewals included; 24h, or `default` where that is longer. Durations are ' +
          'written 90s, 15m, 1h30m or PT1H30M.',
      ),
    ),
    queue: Type.Optional(
      OneOf(QUEUE_ORDERS, 'Who of those that wait goes first; fifo where nothing is said.'),
    ),
  },
  {
    title: 'maps of default, max and queue',
    description: 'How long leases last, and who waits behind whom.',
  },
);

const Quota = Members(
  {
    perHolder: Type.Optional(Whole(POOL_SIZE_MAX, 'Resources that one holder may have or wait for.')),
    leasesPerHolder: Type.Optional(Whole(POOL_SIZE_MAX, 'Leases of one holder.')),
    queuedPerHolder: Type.Optional(Whole(QUEUE_LENGTH_MAX, 'Waiting leases of one holder.')),
    queued: Type.Optional(Whole(QUEUE_LENGTH_MAX, 'Waiting leases of everybody.')),
  },
  {
    title: 'maps of perHolder, leasesPerHolder, queuedPerHolder and queued',
    description: 'Bounds; none where nothing is said.',
  },
);

const ResourceMembers = Members(
  {
    name: Name('Unique in its pool.'),
    labels: Type.Optional(Labels('What requests match.')),
    params: Type.Optional(
      AnyObject(PARAMS_BYTES_MAX, 'Anything that programs want to know of the resource.', 'object'),
    ),
    addresses: Type.Optional(
      Type.Unsafe<readonly string[]>({
        type: 'array',
        maxItems: ADDRESSES_MAX,
        items: {
          type: 'string',
          minLength: 1,
          maxLength: ADDRESS_LENGTH_MAX,
          pattern: LINE_PATTERN,
          title: `host names or addresses of 1 to ${ADDRESS_LENGTH_MAX} characters`,
        },
        title: `lists of at most ${ADDRESSES_MAX} host names or addresses`,
        description: 'Where the resource is reached: host names or addresses.',
      }),
    ),
    endpoints: Type.Optional(
      Texts({
        most: ENDPOINTS_MAX,
        lengthMin: 1,
        lengthMax: ENDPOINT_LENGTH_MAX,
        keys: { pattern: NAME_PATTERN, title: NAME_MEANING },
        title: `URLs of 1 to ${ENDPOINT_LENGTH_MAX} characters`,
        description: 'What the resource serves: URL by name.',
      }),
    ),
  },
  { title: 'maps such as { name: b1 }', description: 'A resource that exists already.' },
);

const PoolMembers = Members(
  {
    name: Name('Unique in the file.'),
    kind: Type.Optional(
      Name('What its members are: machine, container, account…; machine where nothing is said.'),
    ),
    provider: Name('Who makes or keeps its members: the name of a provider of this file.'),
    size: Type.Optional(Size),
    template: Type.Optional(
      AnyObject(
        TEMPLATE_BYTES_MAX,
        'What the provider makes a member from; see the driver. Its `labels` and `params` become the member’s.',
        ['object', 'null'],
      ),
    ),
    lease: Type.Optional(Lease),
    quota: Type.Optional(Quota),
    recycle: Type.Optional(
      OneOf(RECYCLES, 'What happens to a member that comes back: it is cleaned, or replaced by a new one.'),
    ),
    victims: Type.Optional(OneOf(VICTIM_POLICIES, 'Which free members go first when the pool shrinks.')),
    labels: Type.Optional(Labels('Anything that programs want to know of the pool.')),
    resources: Type.Optional(
      Type.Array(ResourceMembers, {
        title: 'lists of resources',
        description: 'Members that exist already, for a provider that makes none, such as driver static.',
      }),
    ),
  },
  { title: 'maps such as { name: web, provider: local, size: { desired: 3 } }', description: 'A pool.' },
);

const ProviderMembers = Type.Object(
  {
    name: Name('Unique in the file.'),
    driver: Type.String({ title: 'names of drivers', description: 'Its kind: process, static, simulated…' }),
    limits: Type.Optional(LimitsMembers),
  },
  {
    additionalProperties: true,
    title: 'maps such as { name: local, driver: process }',
    description: 'Where resources come from. Options of the driver stand beside name, driver and limits.',
  },
);

export const ConfigurationFile = Members(
  {
    providers: Type.Array(ProviderMembers, {
      title: 'lists of providers',
      description: 'Where resources come from.',
    }),
    pools: Type.Optional(Type.Array(PoolMembers, { title: 'lists of pools', description: 'What is lent.' })),
  },
  { title: 'maps of providers and pools', description: 'Everything that a Poolkeeper server is told.' },
);
export type ConfigurationFile = Type.Static<typeof ConfigurationFile>;
export type PoolEntry = Type.Static<typeof PoolMembers>;
export type ResourceEntry = Type.Static<typeof ResourceMembers>;
