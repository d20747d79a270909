import type { InputFault } from '@poolkeeper/core';
import type { ErrorObject } from 'ajv';
import { nearName } from './near-name.ts';
import { pointerTo } from './pointer.ts';

/** Characters of a wrong value that are repeated to whoever wrote it. */
const VALUE_LENGTH_MAX = 40;

type Rule = {
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Rule>>;
};

/** Says what is wrong with a member and what is allowed, of one finding of the validator. */
export function describeFault(error: ErrorObject): InputFault {
  const { instancePath, keyword, params, data } = error;
  const rule = error.parentSchema as Rule;
  switch (keyword) {
    case 'required': {
      const name = String(params['missingProperty']);
      const missing = rule.properties?.[name];
      return {
        pointer: pointerTo(instancePath, name),
        message: `is missing${missing === undefined ? '' : `; ${allowed(missing)}`}`,
      };
    }
    case 'additionalProperties':
      return unknownMember(
        instancePath,
        String(params['additionalProperty']),
        Object.keys(rule.properties ?? {}),
      );
    case 'pattern':
    case 'minLength':
    case 'maxLength':
      // A wrong name in a map of texts is found at the map; it stands where the name stands.
      if (error.propertyName !== undefined) {
        return {
          pointer: pointerTo(instancePath, error.propertyName),
          message: `the name is not allowed; ${allowed(rule)}`,
        };
      }
      return { pointer: instancePath, message: `${showValue(data)} is not allowed; ${allowed(rule)}` };
    case 'x-max-bytes':
      return {
        pointer: instancePath,
        message: `is too large; at most ${String(error.schema)} bytes as JSON are allowed`,
      };
    case 'oneOf':
      return { pointer: instancePath, message: `does not fit together; ${allowed(rule)}` };
    case 'maxItems':
    case 'maxProperties':
      return { pointer: instancePath, message: `has too many members; ${allowed(rule)}` };
    default:
      return { pointer: instancePath, message: `${showValue(data)} is not allowed; ${allowed(rule)}` };
  }
}

/** A member that nobody knows: what was probably meant, and what there is. */
export function unknownMember(pointer: string, name: string, known: readonly string[]): InputFault {
  const near = nearName(name, known);
  const guess = near === undefined ? '' : `; did you mean "${near}"?`;
  return {
    pointer: pointerTo(pointer, name),
    message: `is not known here${guess === '' ? ';' : guess} allowed members are ${known.join(', ')}`,
  };
}

function allowed(rule: Rule): string {
  if (rule.enum !== undefined) return `allowed values are ${rule.enum.join(', ')}`;
  if (rule.type === 'integer')
    return `allowed values are whole numbers from ${rule.minimum} to ${rule.maximum}`;
  return `allowed values are ${rule.title ?? String(rule.type)}`;
}

function showValue(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(value);
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text;
}
