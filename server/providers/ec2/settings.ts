import type { InputFault, Json, JsonObject } from '@poolkeeper/core';
import { fault, isObject } from './shape.ts';

/** The account and the region. Timeouts are milliseconds. */
export type Ec2Settings = {
  readonly awsAccessKeyId: string;
  readonly awsSecretAccessKey: string;
  readonly region: string;
  readonly connectionTimeout: number;
  readonly socketTimeout: number;
  /** Where the API is, for one that is not AWS's own; null for the region's. */
  readonly endpoint: string | null;
};

const TIMEOUT_MS_DEFAULT = 60_000;
/** Settings of spot pools, which have a `bidPrice`, are given less where they say nothing. */
const TIMEOUT_MS_DEFAULT_SPOT = 10_000;
const TIMEOUT_MS_MAX = 10 * 60_000;
const KEY_LENGTH_MAX = 256;
/** It becomes a part of a host name. */
const REGION = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

type Checked = { readonly settings: Ec2Settings } | { readonly faults: readonly InputFault[] };

/**
 * Reads `{awsAccessKeyId, awsSecretAccessKey, region, connectionTimeout?, socketTimeout?, endpoint?}`, or says what is wrong about each
 * member, never with what it holds. Members of other names are passed over: a stored configuration may have more.
 */
export function readSettings(input: Json | undefined): Checked {
  if (!isObject(input)) {
    const example = '{"awsAccessKeyId": "…", "awsSecretAccessKey": "…", "region": "eu-west-1"}';
    return {
      faults: [fault('', `An object such as ${example} is needed, or {"secret": "NAME"} that holds one.`)],
    };
  }
  const faults: InputFault[] = [];
  const settings = {
    awsAccessKeyId: readKey('awsAccessKeyId', input, faults),
    awsSecretAccessKey: readKey('awsSecretAccessKey', input, faults),
    region: readRegion(input['region'], faults),
    connectionTimeout: readTimeout('connectionTimeout', input, faults),
    socketTimeout: readTimeout('socketTimeout', input, faults),
    endpoint: readEndpoint(input['endpoint'], faults),
  };
  return faults.length > 0 ? { faults } : { settings };
}

function readKey(
  name: 'awsAccessKeyId' | 'awsSecretAccessKey',
  input: JsonObject,
  faults: InputFault[],
): string {
  const value = input[name];
  if (value === undefined || value === null) faults.push(fault(`/${name}`, `${name} is needed.`));
  else if (typeof value === 'string' && value !== '' && value.length <= KEY_LENGTH_MAX) return value;
  else faults.push(fault(`/${name}`, `A text of 1 to ${KEY_LENGTH_MAX} characters is needed.`));
  return '';
}

function readRegion(value: Json | undefined, faults: InputFault[]): string {
  if (typeof value === 'string' && REGION.test(value)) return value;
  const needed =
    value === undefined || value === null ? 'region is needed' : 'The name of a region is needed';
  faults.push(fault('/region', `${needed}, such as "eu-west-1".`));
  return '';
}

function readTimeout(
  name: 'connectionTimeout' | 'socketTimeout',
  input: JsonObject,
  faults: InputFault[],
): number {
  const isSpot = (input['bidPrice'] ?? null) !== null;
  const value = input[name] ?? (isSpot ? TIMEOUT_MS_DEFAULT_SPOT : TIMEOUT_MS_DEFAULT);
  const isGood = typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= TIMEOUT_MS_MAX;
  if (isGood) return value;
  faults.push(fault(`/${name}`, `A whole number of milliseconds from 1 to ${TIMEOUT_MS_MAX} is needed.`));
  return TIMEOUT_MS_DEFAULT;
}

function readEndpoint(value: Json | undefined, faults: InputFault[]): string | null {
  if (value === undefined || value === null) return null;
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (isWeb && isPlain) return value as string;
  faults.push(
    fault(
      '/endpoint',
      'The address of an EC2 API is needed, such as "https://ec2.example.org", without a user.',
    ),
  );
  return null;
}
