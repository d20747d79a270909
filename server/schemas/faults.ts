import type { InputFault } from '@poolkeeper/core';
import type { ErrorObject } from 'ajv';
import { nearName } from '@poolkeeper/core';
import {
  DURATION_FORMAT,
  DURATION_MEANING,
  PATTERN_MEANINGS,
  PAUSE_FORMAT,
  PAUSE_MEANING,
} from './common.ts';

/** Faults that one answer names. */
const FAULTS_MAX = 20;
/** Characters of a member's name, as it was sent, that an answer repeats. */
const SENT_NAME_LENGTH_MAX = 64;

type SchemaFacts = {
  /** What is allowed, in words, where the other facts say it badly. */
  readonly title?: string;
  readonly $ref?: string;
  /** What is due where a reference may stand too. */
  readonly else?: SchemaFacts;
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | null)[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly oneOf?: readonly SchemaFacts[];
};

/** What is wrong with an input, member by member: each with its pointer and a sentence that says what is allowed. */
export function faultsOf(
  errors: readonly ErrorObject[],
  root: string,
  faultsMax: number = FAULTS_MAX,
): InputFault[] {
  const faults = new Map<string, InputFault>();
  for (const error of errors) {
    // They say again what the errors of the member's name, and of what is due there, say.
    if (error.keyword === 'propertyNames' || error.keyword === 'if') continue;
    const fault = faultOf(error, root);
    const known = `${fault.pointer} ${fault.message}`;
    if (!faults.has(known)) faults.set(known, fault);
    if (faults.size === faultsMax) break;
  }
  return [...faults.values()];
}

function faultOf(error: ErrorObject, root: string): InputFault {
  const at = root + error.instancePath;
  const facts = (error.parentSchema ?? {}) as SchemaFacts;
  if (error.propertyName !== undefined) {
    const name = shorten(error.propertyName);
    return {
      pointer: `${at}/${escapePointer(name)}`,
      message: `"${name}" is no name here: it has to be ${meaningOf(facts)}`,
    };
  }
  switch (error.keyword) {
    case 'required': {
      const { missingProperty: name } = error.params as { missingProperty: string };
      const missing = (facts.properties?.[name] ?? {}) as SchemaFacts;
      return { pointer: `${at}/${name}`, message: `${name} is missing; it has to be ${meaningOf(missing)}` };
    }
    case 'additionalProperties': {
      const name = shorten((error.params as { additionalProperty: string }).additionalProperty);
      const known = Object.keys(facts.properties ?? {});
      const near = nearName(name, known);
      const guess = near === undefined ? '' : ` did you mean "${near}"?`;
      return {
        pointer: `${at}/${escapePointer(name)}`,
        message: `there is no member "${name}" here;${guess} known are: ${known.join(', ')}`,
      };
    }
    case 'discriminator': {
      const { tag } = error.params as { tag: string };
      const words = (facts.oneOf ?? []).flatMap(({ properties }) => {
        return (properties?.[tag] as SchemaFacts | undefined)?.enum ?? [];
      });
      return { pointer: `${at}/${tag}`, message: `${tag} has to be ${meaningOf({ enum: words })}` };
    }
    case 'minProperties':
      return {
        pointer: at,
        message: `${nameAt(at)} has to have at least one member of: ${Object.keys(facts.properties ?? {}).join(', ')}`,
      };
    case 'uniqueItems':
      return { pointer: at, message: `${nameAt(at)} names something twice` };
    case 'x-max-bytes':
      return { pointer: at, message: `${nameAt(at)} may have ${error.schema as number} bytes as JSON` };
    case 'x-max-depth':
      return { pointer: at, message: `${nameAt(at)} may be nested ${error.schema as number} deep` };
    case 'maxItems':
    case 'maxProperties':
      return { pointer: at, message: `${nameAt(at)} has too many entries: it has to be ${meaningOf(facts)}` };
    default:
      return {
        pointer: at,
        message: `${nameAt(at)} has to be ${meaningOf(facts)}${adviceFor(facts, error.data)}`,
      };
  }
}

/** YAML reads what looks like a number, or like yes and no, as such. */
function adviceFor({ type }: SchemaFacts, data: unknown): string {
  const isBare = typeof data === 'number' || typeof data === 'boolean';
  return type === 'string' && isBare ? '; write it in quotes' : '';
}

/** What a schema allows, in words. */
function meaningOf(facts: SchemaFacts): string {
  if (facts.else !== undefined) return meaningOf(facts.else);
  const types = typeof facts.type === 'string' ? [facts.type] : (facts.type ?? []);
  const orNull = types.includes('null') ? ', or null' : '';
  if (facts.enum !== undefined)
    return `one of ${facts.enum.filter((word) => word !== null).join(', ')}${orNull}`;
  if (facts.$ref !== undefined) return 'an object';
  const meanings = types.filter((type) => type !== 'null').map((type) => meaningOfType(type, facts));
  return `${meanings.length === 0 ? 'something else' : meanings.join(' or ')}${orNull}`;
}

function meaningOfType(type: string, facts: SchemaFacts): string {
  switch (type) {
    case 'integer':
      return `a whole number from ${facts.minimum} to ${facts.maximum}`;
    case 'number':
      return `a number from ${facts.minimum} to ${facts.maximum}`;
    case 'string':
      return meaningOfText(facts);
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list${facts.maxItems === undefined ? '' : ` of ${facts.minItems ?? 0} to ${facts.maxItems} entries`}`;
    case 'object':
      return `an object${facts.maxProperties === undefined ? '' : ` of at most ${facts.maxProperties} members`}`;
    default:
      return 'something else';
  }
}

function meaningOfText(facts: SchemaFacts): string {
  if (facts.title !== undefined) return facts.title;
  if (facts.format === DURATION_FORMAT) return DURATION_MEANING;
  if (facts.format === PAUSE_FORMAT) return PAUSE_MEANING;
  const meaning = facts.pattern === undefined ? undefined : PATTERN_MEANINGS[facts.pattern];
  if (facts.maxLength === undefined) return meaning ?? 'text';
  return `${meaning ?? 'text'} of ${facts.minLength ?? 0} to ${facts.maxLength} characters`;
}

/** The name of the member at a pointer, as a sentence begins with it. */
function nameAt(pointer: string): string {
  const last = pointer.slice(pointer.lastIndexOf('/') + 1);
  if (pointer === '') return 'the body';
  return /^\d+$/.test(last) ? `entry ${last}` : shorten(last.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function shorten(name: string): string {
  return name.length <= SENT_NAME_LENGTH_MAX ? name : `${name.slice(0, SENT_NAME_LENGTH_MAX)}…`;
}
