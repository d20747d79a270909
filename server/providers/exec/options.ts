import { parseDuration } from '@poolkeeper/core';
import type { InputFault, JsonObject } from '@poolkeeper/core';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { Type } from 'typebox';
import { ACCOUNT_ACTIONS } from '../contract.ts';
import { OPERATIONS } from './protocol.ts';
import type { Operation } from './protocol.ts';
import { shapeFaults } from './shape-faults.ts';

const COMMAND_LENGTH_MAX = 256;
const TEXT_LENGTH_MAX = 32_768;
const ENVIRONMENT_SIZE_MAX = 64;
const ACTIONS_MAX = 64;
const DURATION_LENGTH_MAX = 64;
/** Keyword of our own: the longest duration, in milliseconds. */
const DURATION_MAX = 'x-duration-max';

function Limit(operation: Operation) {
  const { limitMsMax } = OPERATIONS[operation];
  return Type.Optional(
    Type.String({
      maxLength: DURATION_LENGTH_MAX,
      [DURATION_MAX]: limitMsMax,
      title: `a duration of 1s to ${limitMsMax / 1_000}s, such as "10s"`,
    }),
  );
}

const OptionsSchema = Type.Object(
  {
    command: Type.Array(
      Type.String({
        minLength: 1,
        maxLength: TEXT_LENGTH_MAX,
        pattern: '^[^\\u0000]*$',
        title: `a text of 1 to ${TEXT_LENGTH_MAX} characters without NUL`,
      }),
      {
        minItems: 1,
        maxItems: COMMAND_LENGTH_MAX,
        title: `a list of 1 to ${COMMAND_LENGTH_MAX} texts: the program, then its arguments, such as ["./provider.py"]`,
      },
    ),
    timeouts: Type.Optional(
      Type.Object(
        {
          create: Limit('create'),
          observe: Limit('observe'),
          destroy: Limit('destroy'),
          act: Limit('act'),
          verify: Limit('verify'),
          clean: Limit('clean'),
          leftovers: Limit('leftovers'),
          rotate: Limit('rotate'),
        },
        { additionalProperties: false, title: 'an object such as {"create": "30s"}' },
      ),
    ),
    actions: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^[a-z][a-zA-Z0-9-]{0,62}$',
          title: 'a name such as "reboot", of letters, digits and "-", that begins with a small letter',
        }),
        {
          maxItems: ACTIONS_MAX,
          uniqueItems: true,
          title: `a list of at most ${ACTIONS_MAX} different names of actions that the program knows`,
        },
      ),
    ),
    makes: Type.Optional(
      Type.Boolean({ title: 'true, or false where its resources are registered and never destroyed' }),
    ),
    accounts: Type.Optional(
      Type.Boolean({ title: 'true where the program knows verify, clean, leftovers and rotate, else false' }),
    ),
    environment: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^(?!POOLKEEPER_)[A-Za-z_][A-Za-z0-9_]{0,127}$',
          title: 'the name of a variable of the server that does not begin with POOLKEEPER_',
        }),
        {
          maxItems: ENVIRONMENT_SIZE_MAX,
          uniqueItems: true,
          title: `a list of at most ${ENVIRONMENT_SIZE_MAX} different names of variables of the server`,
        },
      ),
    ),
  },
  { additionalProperties: false },
);
type OptionsSchema = Type.Static<typeof OptionsSchema>;

/** What a provider of this driver is configured with. Durations are milliseconds. */
export type ExecOptions = {
  readonly command: readonly string[];
  readonly limitsMs: Readonly<Record<Operation, number>>;
  readonly environment: readonly string[];
  readonly actions: readonly string[];
  readonly makes: boolean;
  readonly accounts: boolean;
};

const LIMIT_MS_MIN = 1_000;

const ajv = new Ajv({ allErrors: true, verbose: true, strict: true });
ajv.addKeyword({
  keyword: DURATION_MAX,
  type: 'string',
  schemaType: 'number',
  validate: (most: number, text: string) => {
    const durationMs = parseDuration(text) ?? 0;
    return durationMs >= LIMIT_MS_MIN && durationMs <= most;
  },
});
/** Compiled with the first entry of this driver. */
let validate: ValidateFunction | undefined;

/** What is wrong with the options of an entry, by member; nothing wrong is an empty list. */
export function checkOptions(options: JsonObject): readonly InputFault[] {
  validate ??= ajv.compile(OptionsSchema);
  const faults = shapeFaults(validate, options);
  if (faults.length > 0) return faults;
  const { actions = [], accounts = false } = options as unknown as OptionsSchema;
  if (!accounts) return [];
  return actions.flatMap((action, index) => {
    if (!(ACCOUNT_ACTIONS as readonly string[]).includes(action)) return [];
    const message = `"${action}" is what steps ask of accounts, which "accounts: true" offers already; leave it out.`;
    return [{ pointer: `/actions/${index}`, message }];
  });
}

/** The options of an entry that `checkOptions` finds nothing wrong with, and defaults where it says nothing. */
export function readOptions(options: JsonObject): ExecOptions {
  const {
    command,
    timeouts = {},
    environment = [],
    actions = [],
    makes = true,
    accounts = false,
  } = options as unknown as OptionsSchema;
  const limitOf = (operation: Operation): number => {
    const text = timeouts[operation];
    return (text === undefined ? undefined : parseDuration(text)) ?? OPERATIONS[operation].limitMs;
  };
  return {
    command,
    environment,
    actions,
    makes,
    accounts,
    limitsMs: {
      create: limitOf('create'),
      observe: limitOf('observe'),
      destroy: limitOf('destroy'),
      act: limitOf('act'),
      verify: limitOf('verify'),
      clean: limitOf('clean'),
      leftovers: limitOf('leftovers'),
      rotate: limitOf('rotate'),
    },
  };
}
