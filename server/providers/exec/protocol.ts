import { LIVENESSES, MACHINE_STATES } from '@poolkeeper/core';
import type { JsonObject, Liveness, MachineState } from '@poolkeeper/core';
import { Type } from 'typebox';
import type { AccountRequest, OpenCredential } from '../contract.ts';

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

const LEFTOVERS_MAX = 10_000;
const CREDENTIAL_SIZE_MAX = 32;
const CREDENTIAL_LENGTH_MAX = 16_384;
const CREDENTIAL_NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_.-]{0,62}$';
/** What a call of `rotate` is to do: each phase may be asked for again. */
export const PHASES = ['create', 'try', 'delete'] as const;
export type Phase = (typeof PHASES)[number];

const Evidence = Type.Optional(
  Type.Unsafe<JsonObject>({ type: 'object', title: 'an object of what shows that it is done' }),
);
const ActAnswer = Answer({ evidence: Evidence }, 'an object such as {}, or {"evidence": {"boots": 2}}');
const DoneAnswer = Answer(
  { evidence: Evidence },
  'an object such as {}, or {"evidence": {"account": "a-17"}}',
);
const LeftoversAnswer = Answer(
  {
    leftovers: Type.Array(
      Answer(
        {
          kind: Line(EXTERNAL_ID_LENGTH_MAX, 'the kind of thing, such as "bucket"'),
          id: Line(EXTERNAL_ID_LENGTH_MAX, 'its id, a line of text'),
          name: Type.Optional(Line(EXTERNAL_ID_LENGTH_MAX, 'its name, a line of text')),
        },
        'an object such as {"kind": "bucket", "id": "b-17"}',
      ),
      {
        maxItems: LEFTOVERS_MAX,
        title: `a list of at most ${LEFTOVERS_MAX} things that should not be there; an empty one when it is clean`,
      },
    ),
  },
  'an object such as {"leftovers": []}',
);
const RotateAnswer = Answer(
  {
    credential: Type.Optional(
      Type.Unsafe<OpenCredential>({
        type: 'object',
        minProperties: 1,
        maxProperties: CREDENTIAL_SIZE_MAX,
        propertyNames: { type: 'string', pattern: CREDENTIAL_NAME_PATTERN },
        additionalProperties: {
          type: 'string',
          minLength: 1,
          maxLength: CREDENTIAL_LENGTH_MAX,
          title: `a text of 1 to ${CREDENTIAL_LENGTH_MAX} characters`,
        },
        title: `an object of 1 to ${CREDENTIAL_SIZE_MAX} texts by name, such as {"id": "key-17", "secret": "…"}`,
      }),
    ),
    evidence: Evidence,
  },
  'an object such as {"credential": {"id": "key-17", "secret": "…"}} when asked to create, and {} else',
);

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

const OpenCredentialInput = Type.Unsafe<OpenCredential | null>({
  type: ['object', 'null'],
  additionalProperties: { type: 'string' },
});
/** Credentials come last, and nowhere but here: no variable and no argument holds any of them. */
const ACCOUNT = {
  ...ALWAYS,
  resource: Type.Object({ ...Resource, epoch: Type.Integer() }, { additionalProperties: false }),
  params: Type.Unsafe<JsonObject>({ type: 'object' }),
  idempotencyKey: Type.String(),
  credentials: Type.Object(
    { management: OpenCredentialInput, current: OpenCredentialInput, pending: OpenCredentialInput },
    { additionalProperties: false },
  ),
};
const AccountInput = Type.Object(ACCOUNT, { additionalProperties: false });
const RotateInput = Type.Object(
  { ...ACCOUNT, phase: Type.Unsafe<Phase>({ type: 'string', enum: [...PHASES] }) },
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
  verify: { input: AccountInput, answer: DoneAnswer, limitMs: 60_000, limitMsMax: 600_000 },
  clean: { input: AccountInput, answer: DoneAnswer, limitMs: 3_600_000, limitMsMax: 86_400_000 },
  leftovers: { input: AccountInput, answer: LeftoversAnswer, limitMs: 600_000, limitMsMax: 86_400_000 },
  rotate: { input: RotateInput, answer: RotateAnswer, limitMs: 120_000, limitMsMax: 3_600_000 },
} as const;

/** An answer to it is told to nobody, also not where it is wrong: it may hold a credential. */
export const SECRET_ANSWERS: ReadonlySet<Operation> = new Set(['rotate']);

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
    readonly epoch?: number;
  };
  readonly template?: JsonObject | null;
  readonly externalId?: string | null;
  readonly action?: string;
  readonly input?: JsonObject;
  readonly idempotencyKey?: string;
  readonly phase?: Phase;
  readonly params?: JsonObject;
  readonly credentials?: AccountRequest['credentials'];
};
