import type { Json, JsonObject } from '@poolkeeper/core';
import { inheritEnvironment } from '../../programs/inherited-environment.ts';
import type { Operation, Told } from './protocol.ts';

/** Longer texts of a template are left out: Linux takes at most 128 KiB for one variable. Bytes. */
const VARIABLE_BYTES_MAX = 32 * 1_024;

/**
 * The environment of one call: little of the server's, what the configuration passes on by name, and everything that the
 * input says but for credentials. Members of the template that are text, numbers, true or false become `POOLKEEPER_TEMPLATE_<NAME>`,
 * those of `params` become `POOLKEEPER_PARAM_<NAME>`.
 */
export function callEnvironment(input: {
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly passed: Readonly<Record<string, string>>;
  readonly configDirectory: string;
  readonly operation: Operation;
  readonly told: Told;
}): Record<string, string> {
  const { told } = input;
  const own: Record<string, string | null | undefined> = {
    POOLKEEPER_PROTOCOL: String(told.protocol),
    POOLKEEPER_OPERATION: input.operation,
    POOLKEEPER_PROVIDER: told.provider,
    POOLKEEPER_INSTANCE: told.instance,
    POOLKEEPER_STATE_DIR: told.stateDirectory,
    POOLKEEPER_CONFIG_DIR: input.configDirectory,
    POOLKEEPER_RESOURCE_ID: told.resource?.id,
    POOLKEEPER_RESOURCE_NAME: told.resource?.name,
    POOLKEEPER_RESOURCE_POOL: told.resource?.pool,
    POOLKEEPER_RESOURCE_KIND: told.resource?.kind,
    POOLKEEPER_EXTERNAL_ID: told.externalId,
    POOLKEEPER_RESOURCE_EPOCH: told.resource?.epoch?.toString(),
    POOLKEEPER_ACTION: told.action,
    POOLKEEPER_PHASE: told.phase,
    POOLKEEPER_IDEMPOTENCY_KEY: told.idempotencyKey,
  };
  const present = Object.entries(own).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    ...inheritEnvironment(input.inherited),
    ...input.passed,
    ...variablesOf('TEMPLATE', told.template ?? null),
    ...variablesOf('PARAM', told.params ?? null),
    ...Object.fromEntries(present),
  };
}

function variablesOf(prefix: 'TEMPLATE' | 'PARAM', members: JsonObject | null): Record<string, string> {
  const variables: Record<string, string> = {};
  // Where two names become one, the first in the order of the alphabet has the variable.
  for (const [name, value] of Object.entries(members ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const variable = `POOLKEEPER_${prefix}_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
    const text = textOf(value);
    if (text === undefined || text.includes('\0') || Buffer.byteLength(text) > VARIABLE_BYTES_MAX) continue;
    variables[variable] ??= text;
  }
  return variables;
}

function textOf(value: Json): string | undefined {
  return typeof value === 'object' ? undefined : String(value);
}
