import { parseDuration } from '@poolkeeper/core';
import type { InputFault, Json } from '@poolkeeper/core';
import { Ajv } from 'ajv';
import type { ErrorObject } from 'ajv';
import { ConfigurationFile, DURATION_FORMAT } from './file-schema.ts';
import { describeFault } from './fault-message.ts';
import { PAUSE_FORMAT, isPause } from './provider-limits.ts';

const ajv = new Ajv({
  allErrors: true,
  verbose: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
});
ajv.addFormat(DURATION_FORMAT, (text) => (parseDuration(text) ?? 0) > 0);
ajv.addFormat(PAUSE_FORMAT, isPause);
ajv.addKeyword({
  keyword: 'x-max-bytes',
  schemaType: 'number',
  validate: (bytesMax: number, data: Json) => Buffer.byteLength(JSON.stringify(data)) <= bytesMax,
});
const validate = ajv.compile<ConfigurationFile>(ConfigurationFile);

/** Members of `oneOf` say why each form was not meant; the fault of the whole says which forms there are. */
const INSIDE_ONE_OF = /\/oneOf\/\d+\//;

/** What is wrong with the members of a file by itself: names, types, bounds. Nothing wrong is an empty list. */
export function checkShape(value: Json): InputFault[] {
  if (validate(value)) return [];
  const faults = new Map<string, InputFault & { isForm: boolean }>();
  for (const error of validate.errors ?? []) {
    if (INSIDE_ONE_OF.test(error.schemaPath) || isEcho(error)) continue;
    const fault = describeFault(error);
    if (!faults.has(fault.pointer))
      faults.set(fault.pointer, { ...fault, isForm: error.keyword === 'oneOf' });
  }
  const all = [...faults.values()];
  return all
    .filter(({ isForm, pointer }) => !isForm || !all.some((other) => other.pointer.startsWith(`${pointer}/`)))
    .map(({ pointer, message }) => ({ pointer, message }));
}

/** A wrong name is said once: by the fault of the name itself. */
function isEcho(error: ErrorObject): boolean {
  return error.keyword === 'propertyNames';
}

/** Is the value what `checkShape` finds nothing wrong with? */
export function isConfigurationFile(value: Json): value is Json & ConfigurationFile {
  return validate(value);
}
