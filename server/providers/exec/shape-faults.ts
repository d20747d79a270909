import type { InputFault } from '@poolkeeper/core';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { escapePointer } from '../driver.ts';

/** Faults that one message names, and characters of a wrong value that it repeats. */
const FAULTS_MAX = 5;
const VALUE_LENGTH_MAX = 40;

type Rule = {
  readonly title?: string;
  readonly properties?: Readonly<Record<string, Rule>>;
};

/**
 * What is wrong with a value, by member, and what is allowed; nothing wrong is an empty list. Of a secret value nothing is repeated.
 */
export function shapeFaults(validate: ValidateFunction, value: unknown, isSecret = false): InputFault[] {
  if (validate(value)) return [];
  const faults = new Map<string, InputFault>();
  for (const error of validate.errors ?? []) {
    // Says again what the errors of the member's name say.
    if (error.keyword === 'propertyNames') continue;
    const fault = describe(error, isSecret);
    if (!faults.has(fault.pointer)) faults.set(fault.pointer, fault);
  }
  return [...faults.values()].slice(0, FAULTS_MAX);
}

function describe(error: ErrorObject, isSecret: boolean): InputFault {
  const { instancePath, keyword, params, propertyName, data } = error;
  const rule = (error.parentSchema ?? {}) as Rule;
  if (propertyName !== undefined) {
    const message = `the name is not allowed; needed are 1 to 63 letters, digits, ".", "_" and "-".`;
    return { pointer: `${instancePath}/${escapePointer(propertyName)}`, message };
  }
  if (keyword === 'required') {
    const name = String(params['missingProperty']);
    const needed = rule.properties?.[name]?.title ?? 'a value';
    return { pointer: `${instancePath}/${name}`, message: `is missing; needed is ${needed}.` };
  }
  if (keyword === 'additionalProperties') {
    const name = String(params['additionalProperty']);
    const known = Object.keys(rule.properties ?? {}).join(', ');
    return { pointer: `${instancePath}/${escapePointer(name)}`, message: `is not known. Allowed: ${known}.` };
  }
  const needed = rule.title ?? 'another value';
  return {
    pointer: instancePath,
    message: `${isSecret ? 'what it is' : show(data)} is not allowed; needed is ${needed}.`,
  };
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text;
}

/** The way of a pointer as people write it: `resources[0].externalId`; the whole has no name. */
export function memberPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => {
      if (/^\d+$/.test(part)) return `${path}[${part}]`;
      return path === '' ? part : `${path}.${part}`;
    }, '');
}
