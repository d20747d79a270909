import { FAILURE_ACTIONS, FILTER_LENGTH_MAX, STEP_KINDS, STEP_RETRIES_MAX } from '@poolkeeper/core';
import type { FailureAction, JsonObject, StepKind } from '@poolkeeper/core';
import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { Duration, Input, LabelsInput, Name, OneOf, Whole } from './common.ts';
import { STEP_INPUTS } from './steps/step-inputs.ts';
import { withReferences } from './steps/with-references.ts';

/** What a person says about a step: the same in requests and in configuration files. */
export type StepInput = {
  readonly name: string;
  readonly uses: StepKind;
  readonly with?: JsonObject;
  readonly timeout?: string;
  readonly retries?: number;
  readonly pauses?: readonly string[];
  readonly if?: string;
  readonly onFailure?: FailureAction;
  readonly runsOn?: Readonly<Record<string, string>>;
};

/** `with` by the kind of the step, as it stands in a document. */
const INPUTS = Object.fromEntries(
  Object.entries(STEP_INPUTS).map(([uses, schema]) => [uses, documentOf(uses as StepKind, schema)]),
) as Record<StepKind, TSchema>;

/** Who logs in to a machine may be said by the machine, with its parameter `ssh`. */
function documentOf(uses: StepKind, schema: TSchema): TSchema {
  const document = withReferences(schema);
  return uses === 'ssh' ? Type.Unsafe({ ...document, required: [] }) : document;
}

const ENVELOPE = {
  timeout: Type.Optional(
    Duration('How long one attempt may take, 1s to 24h; 10m where nothing is said, of an approval 24h.'),
  ),
  retries: Type.Optional(
    Whole(0, STEP_RETRIES_MAX, 'Further attempts after the first one failed; 0 where nothing is said.'),
  ),
  pauses: Type.Optional(
    Type.Array(Duration('From 100ms to 24h.'), {
      minItems: 1,
      maxItems: STEP_RETRIES_MAX,
      description:
        'How long it waits before each further attempt, such as [1m, 5m, 15m, 1h]; the last is that of all further ones. Short pauses ' +
        'that grow, where nothing is said.',
    }),
  ),
  if: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: FILTER_LENGTH_MAX,
      description: 'CEL over the resource, as in filters: without a fit the step is left out.',
    }),
  ),
  onFailure: Type.Optional(
    OneOf(
      FAILURE_ACTIONS,
      'What becomes of the resource when no attempt passed: hold (where nothing is said) stops it for a person.',
    ),
  ),
  runsOn: Type.Optional(
    LabelsInput('Labels that the runner has to have; without any the server itself does it.'),
  ),
};

/** Is there a member without which the step means nothing? */
function hasToBe(input: TSchema): boolean {
  const { required = [] } = input as { required?: readonly string[] };
  return required.length > 0;
}

/** A step: what `with` may hold hangs on `uses`. */
export const StepInput = Type.Unsafe<StepInput>({
  type: 'object',
  description: 'One idempotent unit of work on a resource.',
  discriminator: { propertyName: 'uses' },
  oneOf: STEP_KINDS.map((uses) =>
    Input({
      name: Name('Unique in the workflow.'),
      uses: OneOf([uses]),
      with: hasToBe(INPUTS[uses]) ? INPUTS[uses] : Type.Optional(INPUTS[uses]),
      ...ENVELOPE,
    }),
  ),
});
