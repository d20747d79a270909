import { readListen } from './setting-values.ts';
import type { Listen, Reading } from './setting-values.ts';

/** How a server is one of several replicas of a world that a database keeps. */
export type ClusterSettings = {
  /** `postgres://…`, which may hold a password. */
  readonly database: string;
  /** Where the other replicas reach this one. */
  readonly listen: Listen;
  /** What they are told about that, as `HOST:PORT`. Null: where it listens. */
  readonly address: string | null;
  /** For people. Null: the name of the host. */
  readonly replicaName: string | null;
  /** A secret of all replicas. Null: this one hands no requests over. */
  readonly secret: string | null;
};

export const CLUSTER_LISTEN_DEFAULT: Listen = { host: '127.0.0.1', port: 7421 };

/** What was said about a cluster, each null where nothing was. */
export type ClusterTexts = { readonly [K in keyof ClusterSettings]: ClusterSettings[K] | null };

/** A secret that is shorter can be guessed. */
const SECRET_LENGTH_MIN = 16;
const SECRET_LENGTH_MAX = 1_024;
const NAME_LENGTH_MAX = 63;
/** Addresses at which a server listens, but nobody reaches it. */
const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** The problem never repeats the address, which may hold a password. What it holds is for the store to read. */
export function readDatabaseUrl(text: string): Reading<string> {
  if (/^postgres(ql)?:\/\/\S*$/.test(text)) return { value: text };
  return {
    problem:
      'the address is not allowed; postgres://USER:PASSWORD@HOST:PORT/DATABASE is needed, or postgres:// alone where the PG* variables ' +
      'say it',
  };
}

/** Where others reach a replica: `HOST:PORT`, and no port 0. */
export function readClusterAddress(text: string): Reading<string> {
  const reading = readListen(text);
  if (!('value' in reading)) return reading;
  const { host, port } = reading.value;
  if (port > 0 && !EVERYWHERE.has(host)) return { value: text };
  return {
    problem: `${JSON.stringify(text)} is not allowed; a host and port are needed at which the other replicas reach this one`,
  };
}

export function readReplicaName(text: string): Reading<string> {
  if (text.length <= NAME_LENGTH_MAX && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text)) return { value: text };
  return {
    problem: `${JSON.stringify(text)} is not allowed; letters, digits, ".", "_" and "-" are, ${NAME_LENGTH_MAX} at most`,
  };
}

/** The problem never repeats the secret. */
export function readClusterSecret(text: string): Reading<string> {
  if (text.length >= SECRET_LENGTH_MIN && text.length <= SECRET_LENGTH_MAX) return { value: text };
  return {
    problem:
      `the secret is not allowed; ${SECRET_LENGTH_MIN} to ${SECRET_LENGTH_MAX} characters are needed, such as ` +
      '"openssl rand -base64 32" prints',
  };
}

/** Puts together what was said. Answers lines for what does not fit together. */
export function joinCluster(
  texts: ClusterTexts,
  given: { readonly hasMasterKey: boolean; readonly isDropIn: boolean },
): { readonly cluster: ClusterSettings | null; readonly problems: readonly string[] } {
  const { database, listen, address, replicaName, secret } = texts;
  if (database === null) {
    const isSaid = [listen, address, replicaName, secret].some((text) => text !== null);
    if (!isSaid || given.isDropIn) return { cluster: null, problems: [] };
    return { cluster: null, problems: [NO_DATABASE] };
  }
  const problems: string[] = [];
  if (given.isDropIn) problems.push(DROP_IN);
  if (!given.hasMasterKey && !given.isDropIn) problems.push(NO_MASTER_KEY);
  if (listen !== null && EVERYWHERE.has(listen.host) && address === null) problems.push(NO_ADDRESS);
  const cluster = { database, listen: listen ?? CLUSTER_LISTEN_DEFAULT, address, replicaName, secret };
  return { cluster, problems };
}

const NO_DATABASE =
  '--database (POOLKEEPER_DATABASE): is missing; --cluster-listen, --cluster-address, --replica-name and POOLKEEPER_CLUSTER_SECRET are for ' +
  'replicas that share a database. Give it, or leave these out';
const DROP_IN =
  '--database (POOLKEEPER_DATABASE): has no place in a drop-in, which keeps its world in a data directory. Several replicas serve such ' +
  'clients with "poolkeeper serve --database", by --cloudpool-listen and --boskos-listen';
const NO_MASTER_KEY =
  'POOLKEEPER_MASTER_KEY: is missing; all replicas of a database need the same key, so none is made in a data directory. Give it, or ' +
  '--master-key-file (POOLKEEPER_MASTER_KEY_FILE); "openssl rand -base64 32" prints a new one';
const NO_ADDRESS =
  '--cluster-address (POOLKEEPER_CLUSTER_ADDRESS): is missing; --cluster-listen names every address of this machine, and the other ' +
  'replicas have to be told one';
