import type { InputFault, JsonObject } from '@poolkeeper/core';
import type { TSchema } from 'typebox';
import { Type } from 'typebox';
import { validatorOf } from '../ajv.ts';
import { faultsOf } from '../faults.ts';

/** The building stones of what steps are given, and what is wrong with it: filled in, and as it stands in a document. */

/** A reference that is filled in when a run starts, or opened for the step alone. Other `${…}` belong to whoever reads the text. */
const REFERENCE = /\$\{\s*(?:resource|params|lease|run|pool|secrets)\b/;
/** What no system takes in a name, an argument or a variable. */
const NO_NUL_PATTERN = '^[^\\u0000]*$';
/** Names beginning with `POOLKEEPER_` are ours. */
export const VARIABLE_PATTERN = '^(?!POOLKEEPER_)[A-Za-z_][A-Za-z0-9_]{0,127}$';

const VARIABLE_TITLE = 'a name of a variable that does not begin with POOLKEEPER_';

const ARGUMENT_LENGTH_MAX = 32_768;
const ARGUMENTS_MAX = 256;
const VARIABLES_MAX = 64;
/** Numbers are given to programs as text: whatever a document can say exactly. */
const NUMBER_MAX = Number.MAX_SAFE_INTEGER;

/** What a program is told, as text: a parameter that is a number or true or false will do. */
export type Argument = string | number | boolean;

export function StepText(lengthMax: number, description: string, lengthMin = 1) {
  const title = `text without NUL, of ${lengthMin} to ${lengthMax} characters`;
  return Type.String({
    minLength: lengthMin,
    maxLength: lengthMax,
    pattern: NO_NUL_PATTERN,
    title,
    description,
  });
}

const ARGUMENT = {
  type: ['string', 'number', 'boolean'],
  maxLength: ARGUMENT_LENGTH_MAX,
  pattern: NO_NUL_PATTERN,
  title: `text without NUL, of at most ${ARGUMENT_LENGTH_MAX} characters`,
  minimum: -NUMBER_MAX,
  maximum: NUMBER_MAX,
};

export function Arguments(minItems: number, description: string) {
  return Type.Unsafe<readonly Argument[]>({
    type: 'array',
    minItems,
    maxItems: ARGUMENTS_MAX,
    items: ARGUMENT,
    description,
  });
}

export function Variables(description: string) {
  return Type.Unsafe<Readonly<Record<string, Argument>>>({
    type: 'object',
    maxProperties: VARIABLES_MAX,
    propertyNames: { type: 'string', pattern: VARIABLE_PATTERN, title: VARIABLE_TITLE },
    additionalProperties: ARGUMENT,
    description: `${description} Names that begin with POOLKEEPER_ are the server's own.`,
  });
}

/** Does a text hold something that is filled in? */
export function hasReference(text: unknown): boolean {
  return typeof text === 'string' && REFERENCE.test(text);
}

export type InputChecker = {
  /** What is wrong with filled-in input. */
  readonly faults: (input: JsonObject) => InputFault[];
  /** The same of a document, where a reference may stand for anything. */
  readonly documentFaults: (document: JsonObject) => InputFault[];
};

/** Checks what a schema says, by member; pointers are relative to the step's `with`. */
export function inputChecker(schema: TSchema): InputChecker {
  const validator = validatorOf(schema);
  const faults = (input: JsonObject, isDocument: boolean): InputFault[] => {
    const validate = validator();
    validate(input);
    const errors = validate.errors ?? [];
    return faultsOf(isDocument ? errors.filter(({ data }) => !hasReference(data)) : errors, '');
  };
  return {
    faults: (input) => faults(input, false),
    documentFaults: (document) => faults(document, true),
  };
}

/** Faults as one text for people. */
export function faultText(faults: readonly InputFault[]): string | null {
  if (faults.length === 0) return null;
  return faults.map(({ pointer, message }) => `${pointer === '' ? 'with' : pointer}: ${message}`).join('; ');
}
