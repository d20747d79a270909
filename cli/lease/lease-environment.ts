import type { Lease } from '@poolkeeper/client';
import type { ResourceCredentials } from './show-credentials.ts';

type LeasedResource = Lease['resources'][number];

/** Bytes of the JSON of all resources; Linux takes no variable over 128 KiB. */
const JSON_BYTES_MAX = 100 * 1_024;
/** Bytes of all numbered variables together, well below what a command may be started with. */
const NUMBERED_BYTES_MAX = 512 * 1_024;

/** What a lease run inside of another one must not inherit from it. */
const OURS =
  /^POOLKEEPER_(?:\d+_)?(?:LEASE_ID|RESOURCES|RESOURCE_(?:ID|NAME|POOL|KIND|EPOCH)|ADDRESS|ADDRESSES|ENDPOINT_.*|CREDENTIAL_.*|LABEL_.*|PARAM_.*)$/;

/** A name as a part of a variable's name: upper case, everything else but letters and digits an underscore. */
export function variablePart(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}

/**
 * The environment of a command that runs under a lease: what it inherits, and what it leased.
 *
 * The first resource has the plain names (`POOLKEEPER_ENDPOINT_HTTP`); of several each has numbered ones too
 * (`POOLKEEPER_1_ENDPOINT_HTTP`), counted from 1. Where two names become one variable, the first in the order of the
 * alphabet has it; `POOLKEEPER_RESOURCES` has everything, as JSON, but for the credentials: those are in variables of their own alone.
 */
export function leaseEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  lease: Pick<Lease, 'id' | 'resources'>,
  credentials: ResourceCredentials = [],
): Record<string, string> {
  const environment: Record<string, string> = { POOLKEEPER_LEASE_ID: lease.id };
  const [first] = lease.resources;
  const valuesOf = valuesIn(credentials);
  if (first !== undefined)
    Object.assign(environment, resourceVariables('POOLKEEPER_', first, valuesOf(first)));
  if (lease.resources.length > 1) Object.assign(environment, numberedVariables(lease.resources, valuesOf));
  const json = JSON.stringify(lease.resources);
  if (Buffer.byteLength(json) <= JSON_BYTES_MAX) environment['POOLKEEPER_RESOURCES'] = json;
  const passedOn = Object.entries(inherited).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !OURS.test(entry[0]),
  );
  return { ...Object.fromEntries(passedOn), ...environment };
}

type Values = Readonly<Record<string, string>>;
type ValuesOf = (resource: LeasedResource) => Values;

function valuesIn(credentials: ResourceCredentials): ValuesOf {
  const byId = new Map(credentials.map(({ id, values }) => [id, values]));
  return ({ id }) => byId.get(id) ?? {};
}

function numberedVariables(resources: readonly LeasedResource[], valuesOf: ValuesOf): Record<string, string> {
  const variables: Record<string, string> = {};
  let bytes = 0;
  for (const [index, resource] of resources.entries()) {
    const own = resourceVariables(`POOLKEEPER_${index + 1}_`, resource, valuesOf(resource));
    for (const [name, value] of Object.entries(own))
      bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (bytes > NUMBERED_BYTES_MAX) break;
    Object.assign(variables, own);
  }
  return variables;
}

function resourceVariables(
  prefix: string,
  resource: LeasedResource,
  credential: Values,
): Record<string, string> {
  const { id, name, pool, kind, epoch, addresses, endpoints, labels, params } = resource;
  const scalars = Object.entries(params).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  const [address] = addresses;
  return withoutNul({
    [`${prefix}RESOURCE_ID`]: id,
    [`${prefix}RESOURCE_NAME`]: name,
    [`${prefix}RESOURCE_POOL`]: pool,
    [`${prefix}RESOURCE_KIND`]: kind,
    [`${prefix}RESOURCE_EPOCH`]: String(epoch),
    ...(address === undefined
      ? {}
      : { [`${prefix}ADDRESS`]: address, [`${prefix}ADDRESSES`]: addresses.join(' ') }),
    ...named(`${prefix}ENDPOINT_`, Object.entries(endpoints)),
    ...named(`${prefix}CREDENTIAL_`, Object.entries(credential)),
    ...named(`${prefix}LABEL_`, Object.entries(labels)),
    ...named(`${prefix}PARAM_`, scalars),
  });
}

function named(prefix: string, entries: readonly (readonly [string, unknown])[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of entries.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    variables[`${prefix}${variablePart(name)}`] ??= String(value);
  }
  return variables;
}

/** A variable cannot hold NUL, and a command cannot be started with one that does. */
function withoutNul(variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => !value.includes('\0')));
}
