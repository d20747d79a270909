import { resolve } from 'node:path';
import {
  joinCluster,
  readClusterAddress,
  readClusterSecret,
  readDatabaseUrl,
  readReplicaName,
} from './cluster-settings.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import {
  readExecSteps,
  readListen,
  readLogLevel,
  readMailAddress,
  readMasterKeys,
  readPath,
  readPoolListeners,
  readSmtpUrl,
  readToken,
  readTrustProxy,
} from './setting-values.ts';
import type { ExecSteps, Listen, LogLevel, Reading, TrustProxy } from './setting-values.ts';

/** What the command line of the server says: text as it was typed. It wins over the environment. */
export type SettingFlags = {
  readonly config?: string;
  readonly data?: string;
  readonly listen?: string;
  readonly cloudpoolListen?: string;
  readonly boskosListen?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly logLevel?: string;
  readonly masterKeyFile?: string;
  readonly smtpUrl?: string;
  readonly mailFrom?: string;
  readonly execSteps?: string;
  readonly database?: string;
  readonly clusterListen?: string;
  readonly clusterAddress?: string;
  readonly replicaName?: string;
};

/** How one server runs, as opposed to what it lends. */
export type Settings = {
  /** The path as it was given, since faults repeat it. Null: nobody named a configuration file. */
  readonly configFile: string | null;
  /** Absolute, like the paths below. */
  readonly dataDirectory: string;
  readonly listen: Listen;
  /** Where single pools are served to clients of cloud pools, each at a root of its own. */
  readonly cloudpoolListen: readonly (Listen & { readonly pool: string })[];
  /** Where pools whose members are handed over by stage are served to clients of Boskos. Null: nowhere. */
  readonly boskosListen: Listen | null;
  /** A secret. Null: the server makes one at its first start and writes it to the data directory. */
  readonly adminToken: string | null;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  readonly logLevel: LogLevel;
  readonly masterKeys: MasterKeySettings;
  readonly trustProxy: TrustProxy;
  /** Where mail is handed in, which may hold a password, and in whose name. Null: none is sent. */
  readonly mail: { readonly url: string; readonly from: string } | null;
  /** What exec steps may run here. Null: programs of the folder of the configuration file, or nothing without one. */
  readonly execSteps: ExecSteps | null;
  /** Null: it is alone, and keeps its world in the data directory. */
  readonly cluster: ClusterSettings | null;
};

/** What secrets are sealed with. Without any key or file, the one of the data directory. */
export type MasterKeySettings = {
  /** Secrets: 32 bytes each, in hex or base64. The first seals, the others only open. */
  readonly given: readonly string[];
  readonly file: string | null;
  /** Earlier keys, which only open. */
  readonly earlier: readonly string[];
};

export const DATA_DIRECTORY_DEFAULT = 'poolkeeper-data';
export const LISTEN_DEFAULT: Listen = { host: '127.0.0.1', port: 7420 };

/** Settings that cannot be used: a line for each, which names the flag or variable and what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}

type Sources = {
  readonly flags: SettingFlags;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative paths start there. */
  readonly workingDirectory: string;
  /** Does it stand in for a server of somebody else? */
  readonly isDropIn?: boolean;
};

/** By what a setting is said. */
type Names = { readonly flag?: keyof SettingFlags; readonly variable: string };

/**
 * How the server is to run: flags win over `POOLKEEPER_…` variables, and those over defaults. An empty variable is none.
 *
 * Errors: `SettingsError` with everything that is wrong; it never repeats the admin token.
 */
export function readSettings(sources: Sources): Settings {
  const problems: string[] = [];
  const read = <T>(names: Names, reader: (text: string) => Reading<T>): T | null => {
    const found = findText(sources, names);
    const reading = found === undefined ? undefined : reader(found.text);
    if (reading === undefined) return null;
    if ('value' in reading) return reading.value;
    problems.push(`${found?.source}: ${reading.problem}`);
    return null;
  };
  const readAbsolute = (text: string): Reading<string> => {
    const reading = readPath(text);
    return 'value' in reading ? { value: resolve(sources.workingDirectory, reading.value) } : reading;
  };
  const readExec = (text: string): Reading<ExecSteps> => {
    const reading = readExecSteps(text);
    if (!('value' in reading) || typeof reading.value === 'string') return reading;
    return { value: { folder: resolve(sources.workingDirectory, reading.value.folder) } };
  };
  const certFile = read({ flag: 'tlsCert', variable: 'POOLKEEPER_TLS_CERT' }, readAbsolute);
  const keyFile = read({ flag: 'tlsKey', variable: 'POOLKEEPER_TLS_KEY' }, readAbsolute);
  const smtpUrl = read({ flag: 'smtpUrl', variable: 'POOLKEEPER_SMTP_URL' }, readSmtpUrl);
  const mailFrom = read({ flag: 'mailFrom', variable: 'POOLKEEPER_MAIL_FROM' }, readMailAddress);
  const { cluster, problems: clusterProblems } = joinCluster(
    {
      database: read({ flag: 'database', variable: 'POOLKEEPER_DATABASE' }, readDatabaseUrl),
      listen: read({ flag: 'clusterListen', variable: 'POOLKEEPER_CLUSTER_LISTEN' }, readListen),
      address: read({ flag: 'clusterAddress', variable: 'POOLKEEPER_CLUSTER_ADDRESS' }, readClusterAddress),
      replicaName: read({ flag: 'replicaName', variable: 'POOLKEEPER_REPLICA_NAME' }, readReplicaName),
      secret: read({ variable: 'POOLKEEPER_CLUSTER_SECRET' }, readClusterSecret),
    },
    {
      isDropIn: sources.isDropIn === true,
      hasMasterKey: [
        { variable: 'POOLKEEPER_MASTER_KEY' },
        { flag: 'masterKeyFile', variable: 'POOLKEEPER_MASTER_KEY_FILE' } as const,
      ].some((names) => findText(sources, names) !== undefined),
    },
  );
  const settings: Settings = {
    configFile: read({ flag: 'config', variable: 'POOLKEEPER_CONFIG' }, readPath),
    dataDirectory:
      read({ flag: 'data', variable: 'POOLKEEPER_DATA' }, readAbsolute) ??
      resolve(sources.workingDirectory, DATA_DIRECTORY_DEFAULT),
    listen: read({ flag: 'listen', variable: 'POOLKEEPER_LISTEN' }, readListen) ?? LISTEN_DEFAULT,
    cloudpoolListen:
      read({ flag: 'cloudpoolListen', variable: 'POOLKEEPER_CLOUDPOOL_LISTEN' }, readPoolListeners) ?? [],
    boskosListen: read({ flag: 'boskosListen', variable: 'POOLKEEPER_BOSKOS_LISTEN' }, readListen),
    adminToken: read({ variable: 'POOLKEEPER_ADMIN_TOKEN' }, readToken),
    tls: certFile === null || keyFile === null ? null : { certFile, keyFile },
    logLevel: read({ flag: 'logLevel', variable: 'POOLKEEPER_LOG_LEVEL' }, readLogLevel) ?? 'info',
    masterKeys: {
      given: read({ variable: 'POOLKEEPER_MASTER_KEY' }, readMasterKeys) ?? [],
      file: read({ flag: 'masterKeyFile', variable: 'POOLKEEPER_MASTER_KEY_FILE' }, readAbsolute),
      earlier: read({ variable: 'POOLKEEPER_MASTER_KEY_OLD' }, readMasterKeys) ?? [],
    },
    trustProxy: read({ variable: 'POOLKEEPER_TRUST_PROXY' }, readTrustProxy) ?? false,
    mail: smtpUrl === null || mailFrom === null ? null : { url: smtpUrl, from: mailFrom },
    execSteps: read({ flag: 'execSteps', variable: 'POOLKEEPER_EXEC_STEPS' }, readExec),
    cluster,
  };
  if (problems.length === 0) problems.push(...clusterProblems);
  if ((certFile === null) !== (keyFile === null) && problems.length === 0) {
    const missing = certFile === null ? '--tls-cert (POOLKEEPER_TLS_CERT)' : '--tls-key (POOLKEEPER_TLS_KEY)';
    problems.push(`${missing}: is missing; TLS needs both, POOLKEEPER_TLS_CERT and POOLKEEPER_TLS_KEY`);
  }
  if ((smtpUrl === null) !== (mailFrom === null) && problems.length === 0) {
    const missing =
      smtpUrl === null ? '--smtp-url (POOLKEEPER_SMTP_URL)' : '--mail-from (POOLKEEPER_MAIL_FROM)';
    problems.push(`${missing}: is missing; mail needs both, where it is handed in and in whose name`);
  }
  if (settings.masterKeys.given.length > 0 && settings.masterKeys.file !== null) {
    problems.push(
      'POOLKEEPER_MASTER_KEY: is given beside --master-key-file (POOLKEEPER_MASTER_KEY_FILE); leave one of the two out, and give ' +
        'an earlier key as POOLKEEPER_MASTER_KEY_OLD',
    );
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

function findText(
  { flags, environment }: Sources,
  names: Names,
): { source: string; text: string } | undefined {
  const typed = names.flag === undefined ? undefined : flags[names.flag];
  if (names.flag !== undefined && typed !== undefined) return { source: flagName(names.flag), text: typed };
  const text = environment[names.variable];
  return text === undefined || text === '' ? undefined : { source: names.variable, text };
}

/** `tlsCert` as it is typed: `--tls-cert`. */
export function flagName(flag: string): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
