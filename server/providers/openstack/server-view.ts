import type {
  Json,
  JsonObject,
  Listed,
  Liveness,
  MachineDetails,
  MachineState,
  Marks,
} from '@poolkeeper/core';
import { readMarks, writeMarks } from '../marks.ts';
import { isObject } from './settings.ts';

/** A server as Nova shows it, as far as a provider needs it. Instants are milliseconds UTC. */
export type Server = {
  readonly id: string;
  readonly name: string;
  /** In Nova's words. */
  readonly status: string;
  readonly taskState: string | null;
  readonly createdAt: number | null;
  /** When it first ran; null before. */
  readonly launchedAt: number | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly flavour: string;
  readonly addresses: readonly Address[];
  /** Why it is in ERROR, if Nova says it. */
  readonly fault: string | null;
  /** What else is shown of it. */
  readonly more: JsonObject;
};

type Address = { readonly address: string; readonly isFloating: boolean };

/** Marks that clients know, in the metadata of a server, where other tools find them too. */
export const MARKS = {
  cloudPool: 'elastisys:cloudPool',
  serviceState: 'elastisys:serviceState',
  membership: 'elastisys:membershipStatus',
} as const;
export const RESOURCE_MARK = 'poolkeeper:resource';
export const POOL_MARK = 'poolkeeper:pool';

/** What Nova's words mean. A word that is not here is told as PENDING: it exists, and nobody knows more. */
const STATES: ReadonlyMap<string, MachineState> = new Map<string, MachineState>([
  ...(['ACTIVE', 'PASSWORD'] as const).map((word) => [word, 'RUNNING'] as const),
  ...(['BUILD', 'REBUILD', 'REBOOT', 'HARD_REBOOT', 'RESIZE', 'REVERT_RESIZE', 'VERIFY_RESIZE'] as const).map(
    (word) => [word, 'PENDING'] as const,
  ),
  ...(['STOPPED', 'SHUTOFF', 'PAUSED', 'SUSPENDED', 'DELETED'] as const).map(
    (word) => [word, 'TERMINATED'] as const,
  ),
]);
const DELETING = /^(soft-)?deleting$/;

const LIVENESS: Readonly<Record<MachineState, Liveness>> = {
  REQUESTED: 'BOOTING',
  REJECTED: 'UNKNOWN',
  PENDING: 'BOOTING',
  // Nova says that it runs; nobody asked the server itself.
  RUNNING: 'UNKNOWN',
  TERMINATING: 'UNKNOWN',
  TERMINATED: 'UNKNOWN',
};

/** A server, or undefined when this is none. What is missing of it, beside its id and status, is read as nothing. */
export function readServer(value: Json | undefined): Server | undefined {
  if (!isObject(value)) return undefined;
  const { id, status, name, metadata, flavor, fault } = value;
  if (typeof id !== 'string' || id === '' || typeof status !== 'string') return undefined;
  const taskState = value['OS-EXT-STS:task_state'];
  const launched = value['OS-SRV-USG:launched_at'];
  const size = isObject(flavor) ? (flavor['original_name'] ?? flavor['id']) : undefined;
  return {
    id,
    name: typeof name === 'string' ? name : '',
    status,
    taskState: typeof taskState === 'string' ? taskState : null,
    createdAt: instantOf(value['created']),
    launchedAt: instantOf(launched),
    metadata: textsOf(metadata),
    flavour: typeof size === 'string' ? size : 'unknown',
    addresses: addressesOf(value['addresses']),
    fault: isObject(fault) && typeof fault['message'] === 'string' ? fault['message'] : null,
    more: moreOf(value),
  };
}

/**
 * What a server's status means. A server in ERROR that never ran could not be built, which is a refusal, so that it is replaced;
 * one that ran before counts as running, since a failed action may have left it as it was.
 */
export function stateOf({ status, taskState, launchedAt }: Server): MachineState {
  if (status === 'DELETED') return 'TERMINATED';
  if (taskState !== null && DELETING.test(taskState)) return 'TERMINATING';
  if (status === 'ERROR') return launchedAt === null ? 'REJECTED' : 'RUNNING';
  return STATES.get(status) ?? 'PENDING';
}

export function isKnownStatus(status: string): boolean {
  return status === 'ERROR' || STATES.has(status);
}

/** Is it there, could it be built, and has nobody asked for its end? */
export function isStaying(server: Server): boolean {
  const state = stateOf(server);
  return server.status !== 'DELETED' && state !== 'TERMINATING' && state !== 'REJECTED';
}

/** The older one first; of two of one instant, any fixed order. */
export function byAge(a: Server, b: Server): number {
  return (a.createdAt ?? 0) - (b.createdAt ?? 0) || (a.id < b.id ? -1 : 1);
}

export type Place = { readonly cloud: string; readonly region: string };

/** A server as something that a provider lists. */
export function listedOf(server: Server, place: Place): Listed {
  const machine = stateOf(server);
  const pool = server.metadata[POOL_MARK];
  const marks = marksOf(server.metadata);
  return {
    resource: server.metadata[RESOURCE_MARK] ?? null,
    externalId: server.id,
    machine,
    liveness: LIVENESS[machine],
    addresses: [...publicAddresses(server), ...privateAddresses(server)],
    endpoints: {},
    ...(pool === undefined ? {} : { pool }),
    ...(Object.keys(marks).length === 0 ? {} : { marks }),
    details: detailsOf(server, place),
  };
}

function detailsOf(server: Server, { cloud, region }: Place): MachineDetails {
  return {
    launchedAt: server.launchedAt,
    requestedAt: server.createdAt,
    publicAddresses: publicAddresses(server),
    privateAddresses: privateAddresses(server),
    cloud,
    region,
    size: server.flavour,
    metadata: server.more,
  };
}

/** Marks as they are written; what is left out stays as it is. */
export function metadataOf(marks: Marks): Record<string, string> {
  const { membership, serviceState } = writeMarks(marks);
  return {
    ...(membership === undefined ? {} : { [MARKS.membership]: membership }),
    ...(serviceState === undefined ? {} : { [MARKS.serviceState]: serviceState }),
  };
}

function marksOf(metadata: Server['metadata']): Marks {
  return readMarks({ membership: metadata[MARKS.membership], serviceState: metadata[MARKS.serviceState] });
}

function publicAddresses({ addresses }: Server): readonly string[] {
  return addresses.filter(isPublic).map(({ address }) => address);
}

function privateAddresses({ addresses }: Server): readonly string[] {
  return addresses.filter((one) => !isPublic(one)).map(({ address }) => address);
}

/** Floating addresses are; so are fixed ones of networks that lead outside. */
function isPublic({ address, isFloating }: Address): boolean {
  return isFloating || !PRIVATE.test(address);
}

/** RFC 1918, 6598, 3927, 4193 and 4291: what leads nowhere from outside. */
const PRIVATE =
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|127\.|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::1$)/i;

function addressesOf(value: Json | undefined): readonly Address[] {
  if (!isObject(value)) return [];
  return Object.values(value).flatMap((network) =>
    (Array.isArray(network) ? network : []).flatMap((entry: Json) => {
      if (!isObject(entry) || typeof entry['addr'] !== 'string' || entry['addr'] === '') return [];
      return [{ address: entry['addr'], isFloating: entry['OS-EXT-IPS:type'] === 'floating' }];
    }),
  );
}

/** The cloud's own description, without what may be secret and without what is told already. */
function moreOf(value: JsonObject): JsonObject {
  const image = isObject(value['image']) ? value['image']['id'] : undefined;
  const flavour = isObject(value['flavor']) ? value['flavor'] : undefined;
  const more = {
    name: value['name'],
    status: value['status'],
    taskState: value['OS-EXT-STS:task_state'],
    availabilityZone: value['OS-EXT-AZ:availability_zone'],
    keyPair: value['key_name'],
    image,
    vcpus: flavour?.['vcpus'],
    memoryMb: flavour?.['ram'],
  };
  const known = Object.entries(more).filter(([, text]) => text !== undefined && text !== null && text !== '');
  return Object.fromEntries(known) as JsonObject;
}

function textsOf(value: Json | undefined): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === 'string')) as Record<
    string,
    string
  >;
}

/** Nova writes instants with and without a zone; all of them are UTC. */
function instantOf(value: Json | undefined): number | null {
  if (typeof value !== 'string') return null;
  const at = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`);
  return Number.isFinite(at) ? at : null;
}
