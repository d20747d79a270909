import { LIVENESSES, MACHINE_STATES } from '@poolkeeper/core';
import type { JsonObject, Liveness, MachineState } from '@poolkeeper/core';
import { Type } from 'typebox';

/**
 * What the server and a user's program say to each other, as `docs/writing-a-provider.md` tells its authors. The program
 * is started for each call with the operation as its last argument. It reads one JSON object from standard input and
 * writes one to standard output; each `title` is what a fault says that is allowed.
 */
export const PROTOCOL = 1;

const EXTERNAL_ID_LENGTH_MAX = 255;
const ADDRESSES_MAX = 16;
const ADDRESS_LENGTH_MAX = 255;
const ENDPOINTS_MAX = 16;
const ENDPOINT_LENGTH_MAX = 1_024;
const RESOURCE_ID_LENGTH_MAX = 255;
const LINE_PATTERN = '^[^\\u0000-\\u001f\\u007f]*$';
const NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$';

function Line(lengthMax: number, title: string) {
  return Type.String({ minLength: 1, maxLength: lengthMax, pattern: LINE_PATTERN, title });
}

function Word<const W extends string>(words: readonly W[]) {
  return Type.Unsafe<W>({ type: 'string', enum: [...words], title: `one of ${words.join(', ')}` });
}

const ExternalId = Line(
  EXTERNAL_ID_LENGTH_MAX,
  `your own name of the thing, a line of text of 1 to ${EXTERNAL_ID_LENGTH_MAX} characters`,
);
const ResourceId = Line(RESOURCE_ID_LENGTH_MAX, 'the id that "create" was given as resource.id');

/** What may be said of a thing beside its name. */
const TRAITS = {
  machine: Type.Optional(Type.Unsafe<MachineState>(Word(MACHINE_STATES))),
  liveness: Type.Optional(Type.Unsafe<Liveness>(Word(LIVENESSES))),
  addresses: Type.Optional(
    Type.Array(Line(ADDRESS_LENGTH_MAX, `a host name or address of 1 to ${ADDRESS_LENGTH_MAX} characters`), {
      maxItems: ADDRESSES_MAX,
      title: `a list of at most ${ADDRESSES_MAX} host names or addresses`,
    }),
  ),
  endpoints: Type.Optional(
    Type.Unsafe<Readonly<Record<string, string>>>({
      type: 'object',
      maxProperties: ENDPOINTS_MAX,
      propertyNames: { type: 'string', pattern: NAME_PATTERN },
      additionalProperties: Line(ENDPOINT_LENGTH_MAX, `a URL of 1 to ${ENDPOINT_LENGTH_MAX} characters`),
      title: `an object of at most ${ENDPOINTS_MAX} URLs by name`,
    }),
  ),
};

function Answer<T extends Type.TProperties>(members: T, title: string) {
  return { ...Type.Object(members, { additionalProperties: false }), title };
}

const CreateAnswer = Answer(
  { externalId: ExternalId, ...TRAITS },
  'an object such as {"externalId": "vm-17"}',
);
const ListedThing = Answer(
  {
    resource: ResourceId,
    externalId: ExternalId,
    pool: Type.Optional(
      Type.String({ pattern: NAME_PATTERN, title: 'the pool that "create" was given as resource.pool' }),
    ),
    ...TRAITS,
  },
  'an object such as {"resource": "res_…", "externalId": "vm-17"}',
);
const ObserveAnswer = Answer(
  {
    resources: Type.Array(ListedThing, { title: 'a list of everything that you made and that still exists' }),
  },
  'an object such as {"resources": []}',
);
const DestroyAnswer = Answer(
  { state: Word(['gone', 'going']) },
  'an object such as {"state": "gone"}, or {"state": "going"} while it still exists',
);

const ActAnswer = {
  ...Type.Object(
    {
      evidence: Type.Optional(
        Type.Unsafe<JsonObject>({ type: 'object', title: 'an object of what shows that it is done' }),
      ),
    },
    { additionalProperties: false },
  ),
  title: 'an object such as {}, or {"evidence": {"boots": 2}}',
};

export type CreateAnswer = Type.Static<typeof CreateAnswer>;
export type ListedThing = Type.Static<typeof ListedThing>;

/** What every call is told. */
const ALWAYS = {
  protocol: Type.Literal(PROTOCOL),
  provider: Type.String(),
  /** The same for all time for one provider of one server, and no other's: what is made bears it as a tag. */
  instance: Type.String(),
  /** Absolute path of a folder that is the program's own. */
  stateDirectory: Type.String(),
};
const Resource = { id: Type.String(), name: Type.String(), pool: Type.String() };

const CreateInput = Type.Object(
  {
    ...ALWAYS,
    resource: Type.Object({ ...Resource, kind: Type.String() }, { additionalProperties: false }),
    template: Type.Unsafe<JsonObject | null>({ type: ['object', 'null'] }),
    idempotencyKey: Type.String(),
  },
  { additionalProperties: false },
);
const ObserveInput = Type.Object(ALWAYS, { additionalProperties: false });
const DestroyInput = Type.Object(
  {
    ...ALWAYS,
    resource: Type.Object(Resource, { additionalProperties: false }),
    externalId: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
    idempotencyKey: Type.String(),
  },
  { additionalProperties: false },
);

const ActInput = Type.Object(
  {
    ...ALWAYS,
    resource: Type.Object(Resource, { additionalProperties: false }),
    externalId: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
    action: Type.String(),
    input: Type.Unsafe<JsonObject>({ type: 'object' }),
    idempotencyKey: Type.String(),
  },
  { additionalProperties: false },
);

/**
 * Every operation: what it is told and what it answers. How long one may take by default, and at most: the server leaves a
 * call alone after the most, so that a longer time could not be kept. Milliseconds.
 */
export const OPERATIONS = {
  create: { input: CreateInput, answer: CreateAnswer, limitMs: 50_000, limitMsMax: 60_000 },
  observe: { input: ObserveInput, answer: ObserveAnswer, limitMs: 12_000, limitMsMax: 15_000 },
  destroy: { input: DestroyInput, answer: DestroyAnswer, limitMs: 25_000, limitMsMax: 30_000 },
  /** The time of the step that asks for it ends it sooner. */
  act: { input: ActInput, answer: ActAnswer, limitMs: 3_600_000, limitMsMax: 86_400_000 },
} as const;

export type Operation = keyof typeof OPERATIONS;
export type InputOf<O extends Operation> = Type.Static<(typeof OPERATIONS)[O]['input']>;
export type AnswerTo<O extends Operation> = Type.Static<(typeof OPERATIONS)[O]['answer']>;

/** What any call is told: what an operation has of its own is missing in the others. */
export type Told = InputOf<'observe'> & {
  readonly resource?: {
    readonly id: string;
    readonly name: string;
    readonly pool: string;
    readonly kind?: string;
  };
  readonly template?: JsonObject | null;
  readonly externalId?: string | null;
  readonly action?: string;
  readonly input?: JsonObject;
  readonly idempotencyKey?: string;
};
