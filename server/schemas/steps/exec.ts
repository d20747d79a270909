import { Type } from 'typebox';
import { Input } from '../common.ts';
import { VARIABLE_PATTERN } from './step-input.ts';

const COMMAND_LENGTH_MAX = 256;
const TEXT_LENGTH_MAX = 32_768;
const STDIN_LENGTH_MAX = 65_536;
const VARIABLES_MAX = 128;
const PATH_LENGTH_MAX = 1_024;
/** No text of a command, a path or a variable can hold NUL. */
const NO_NUL = '^[^\\u0000]*$';

/** What a step of kind `exec` is told: a program that the server, or a runner, starts. */
export const ExecStepInput = Input(
  {
    command: Type.Array(Type.String({ maxLength: TEXT_LENGTH_MAX, pattern: NO_NUL }), {
      minItems: 1,
      maxItems: COMMAND_LENGTH_MAX,
      description:
        'The program and its arguments, as the system takes them: there is no shell between. A relative program starts at the folder of the configuration, or at the one that the server allows.',
    }),
    env: Type.Optional(
      Type.Unsafe<Readonly<Record<string, string>>>({
        type: 'object',
        maxProperties: VARIABLES_MAX,
        propertyNames: { type: 'string', pattern: VARIABLE_PATTERN },
        additionalProperties: { type: 'string', maxLength: TEXT_LENGTH_MAX, pattern: NO_NUL },
        description:
          'Variables beside those that every step has; the place for a secret, which a list of processes does not show.',
      }),
    ),
    cwd: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: PATH_LENGTH_MAX,
        pattern: NO_NUL,
        description: 'Where it runs; the folder that relative programs start at where nothing is said.',
      }),
    ),
    stdin: Type.Optional(
      Type.String({ maxLength: STDIN_LENGTH_MAX, description: 'What it reads from standard input.' }),
    ),
  },
  { description: 'A program that is run to its end; exit code 0 is a pass.' },
);
export type ExecStepInput = Type.Static<typeof ExecStepInput>;
