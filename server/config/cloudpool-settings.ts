import { readSettings } from './environment.ts';
import type { Settings } from './environment.ts';
import { FlagReader } from './flag-reader.ts';
import type { FlagSources } from './flag-reader.ts';
import type { Listen } from './setting-values.ts';

/** What the command line of the drop-in says, as it was typed. It wins over the environment. */
export type CloudpoolFlags = {
  readonly httpPort?: string;
  readonly httpsPort?: string;
  readonly sslKeystore?: string;
  readonly sslKeystorePassword?: string;
  readonly sslCert?: string;
  readonly sslKey?: string;
  readonly requireCert?: boolean;
  readonly sslTruststore?: string;
  readonly sslTruststorePassword?: string;
  readonly requireBasicauth?: boolean;
  readonly realmFile?: string;
  readonly requireRole?: string;
  readonly config?: string;
  readonly stopped?: boolean;
  readonly storageDir?: string;
  readonly multipool?: boolean;
  readonly driver?: string;
  readonly cloud?: string;
  readonly host?: string;
  readonly listen?: string;
  readonly legacyFields?: boolean;
  readonly legacyResize?: boolean;
  readonly versionOne?: boolean;
  readonly corsOrigin?: readonly string[];
  readonly externalUrl?: string;
  readonly logLevel?: string;
};

/** The kinds of clouds that a configuration can be for. */
export const CLOUD_DRIVERS = ['simulated', 'process', 'ec2', 'openstack'] as const;
export type CloudDriverKind = (typeof CLOUD_DRIVERS)[number];

/** Files of a listener with TLS. Paths are absolute. `clients`: whose certificates each client has to show one of. */
export type ListenerTls = {
  readonly key:
    | { readonly kind: 'pkcs12'; readonly file: string; readonly password: string }
    | { readonly kind: 'pem'; readonly certFile: string; readonly keyFile: string };
  readonly clients: { readonly file: string; readonly password: string | null } | null;
};

/** How the drop-in for a cloudpool or multicloudpool server is served. */
export type CloudpoolSettings = {
  readonly isMultipool: boolean;
  /** Absolute. Null: what is stored counts. */
  readonly configFile: string | null;
  /** Is the pool stopped at the start? */
  readonly isStopped: boolean;
  /** Null: each configuration says it, by what it names. */
  readonly driver: CloudDriverKind | null;
  /** The cloud simulator of configurations that name none. */
  readonly cloudUrl: string | null;
  readonly listeners: readonly { readonly listen: Listen; readonly tls: ListenerTls | null }[];
  /** Who is let in; null: everybody. */
  readonly realm: { readonly file: string; readonly role: string } | null;
  readonly legacyFields: boolean;
  readonly legacyResize: boolean;
  /** Is version 1 served in the place of the present API, for clients that choke on what they do not know? */
  readonly isVersionOne: boolean;
  readonly corsOrigins: readonly string[];
  readonly externalUrl: string | null;
};

/** The native API of the drop-in is for its administrators, on its machine; whoever wants a steady port says so. */
const LISTEN_DEFAULT = '127.0.0.1:0';
const EVERYWHERE = '0.0.0.0';
const LOOPBACK = '127.0.0.1';
/** Levels of the logging library of the original. */
const LOG_LEVELS: Readonly<Record<string, string>> = { ALL: 'trace', OFF: 'silent' };

/**
 * How the drop-in is to run: the options of the original server, the variables of its container images, and a few of ours.
 *
 * A listener that asks for no credentials is on this machine's loopback alone unless `host` says where: whoever reaches it may end machines
 * and read the credentials of the cloud.
 *
 * Errors: `SettingsError` with everything that is wrong. No line repeats a password.
 */
export function readCloudpoolSettings(sources: Sources): { server: Settings; cloudpool: CloudpoolSettings } {
  const { flags, environment } = sources;
  const reader = new FlagReader(sources);
  const isMultipool = flags.multipool === true || environment['MULTIPOOL'] === 'true';
  if (flags.versionOne === true && isMultipool)
    reader.refuse('--version-one is for one pool: it cannot be given with --multipool');
  const realm = readRealm(reader);
  const cloudpool: CloudpoolSettings = {
    isMultipool,
    ...readBoot(reader, isMultipool),
    ...readCloud(reader),
    listeners: readListeners(reader, realm !== null),
    realm,
    legacyFields: flags.legacyFields === true,
    legacyResize: flags.legacyResize !== false,
    isVersionOne: flags.versionOne === true,
    corsOrigins: (flags.corsOrigin ?? []).filter((origin) => isOrigin(reader, origin)),
    externalUrl: reader.url('externalUrl'),
  };
  const server = reader.take(() => readServer(sources, reader, isMultipool));
  return { server: reader.end(server), cloudpool };
}

type Sources = FlagSources<CloudpoolFlags>;
type Reader = FlagReader<CloudpoolFlags>;

function isOrigin(reader: Reader, text: string): boolean {
  if (URL.parse(text)?.origin === text && text !== 'null') return true;
  reader.refuse(`--cors-origin has to be an origin such as https://example.org, not ${JSON.stringify(text)}`);
  return false;
}

function readListeners(reader: Reader, hasRealm: boolean): CloudpoolSettings['listeners'] {
  const http = reader.port('httpPort', 'HTTP_PORT');
  const https = reader.port('httpsPort', 'HTTPS_PORT');
  const isNothingSaid =
    reader.text('httpPort', 'HTTP_PORT') === null && reader.text('httpsPort', 'HTTPS_PORT') === null;
  if (isNothingSaid) reader.refuse('neither --http-port nor --https-port specified');
  if (http !== null && http === https) reader.refuse('--http-port and --https-port are the same');
  const tls = https === null ? refuseIdleTls(reader) : readTls(reader);
  const given = reader.text('host');
  const hostOf = (isGuarded: boolean): string => given ?? (isGuarded ? EVERYWHERE : LOOPBACK);
  return [
    ...(http === null ? [] : [{ listen: { host: hostOf(hasRealm), port: http }, tls: null }]),
    ...(https === null || tls === null
      ? []
      : [{ listen: { host: hostOf(hasRealm || tls.clients !== null), port: https }, tls }]),
  ];
}

/** Who asks for certificates and serves HTTP alone would not be asked for any. */
function refuseIdleTls(reader: Reader): null {
  const isAsked = reader.truth(reader.flags.requireCert, 'REQUIRE_CERT_AUTH');
  return isAsked ? reader.refuse('--require-cert needs --https-port') : null;
}

function readTls(reader: Reader): ListenerTls | null {
  const key = readKey(reader);
  const isAsked = reader.truth(reader.flags.requireCert, 'REQUIRE_CERT_AUTH');
  const file = reader.path('sslTruststore', 'CERT_AUTH_TRUSTSTORE');
  const password = reader.text('sslTruststorePassword', 'CERT_AUTH_TRUSTSTORE_PASSWORD');
  if (isAsked && file === null) reader.refuse('--require-cert needs --ssl-truststore');
  if (key === null) return null;
  return { key, clients: isAsked && file !== null ? { file, password } : null };
}

function readKey(reader: Reader): ListenerTls['key'] | null {
  const file = reader.path('sslKeystore', 'SSL_KEYSTORE');
  const password = reader.text('sslKeystorePassword', 'SSL_KEYSTORE_PASSWORD');
  const certFile = reader.path('sslCert');
  const keyFile = reader.path('sslKey');
  const isPem = certFile !== null || keyFile !== null;
  if (isPem && file !== null)
    return reader.refuse('--ssl-keystore is given beside --ssl-cert and --ssl-key; leave one out');
  if (isPem) {
    if (certFile !== null && keyFile !== null) return { kind: 'pem', certFile, keyFile };
    return reader.refuse('--ssl-cert and --ssl-key are needed both');
  }
  if (file === null)
    return reader.refuse('--https-port needs --ssl-keystore, or --ssl-cert and --ssl-key in PEM');
  if (password === null) return reader.refuse('--ssl-keystore needs --ssl-keystore-password');
  return { kind: 'pkcs12', file, password };
}

function readRealm(reader: Reader): CloudpoolSettings['realm'] {
  const file = reader.path('realmFile', 'BASIC_AUTH_REALM_FILE');
  const role = reader.text('requireRole', 'BASIC_AUTH_ROLE');
  if (!reader.truth(reader.flags.requireBasicauth, 'REQUIRE_BASIC_AUTH')) return null;
  if (file === null) reader.refuse('--require-basicauth needs --realm-file');
  if (role === null) reader.refuse('--require-basicauth needs --require-role');
  return file === null || role === null ? null : { file, role };
}

function readBoot(reader: Reader, isMultipool: boolean): Pick<CloudpoolSettings, 'configFile' | 'isStopped'> {
  const configFile = reader.path('config');
  const isStopped = reader.flags.stopped === true;
  if (isMultipool && configFile !== null)
    reader.refuse('--config has no place beside --multipool: each instance is configured by itself');
  if (isMultipool && isStopped)
    reader.refuse('--stopped has no place beside --multipool: each instance is started by itself');
  return { configFile, isStopped };
}

function readCloud(reader: Reader): Pick<CloudpoolSettings, 'driver' | 'cloudUrl'> {
  const text = reader.text('driver', 'POOLKEEPER_CLOUDPOOL_DRIVER');
  const driver = CLOUD_DRIVERS.find((kind) => kind === text) ?? null;
  if (text !== null && driver === null)
    reader.refuse(`--driver has to be one of ${CLOUD_DRIVERS.join(', ')}, not ${JSON.stringify(text)}`);
  const cloudUrl = reader.url('cloud', 'POOLKEEPER_CLOUDPOOL_CLOUD');
  if (cloudUrl !== null && driver !== null && driver !== 'simulated')
    reader.refuse('--cloud is the address of a cloud simulator, which --driver simulated uses alone');
  return { driver, cloudUrl };
}

/** The server below: everything that `poolkeeper serve` is told by variables, but its configuration file. */
function readServer(sources: Sources, reader: Reader, isMultipool: boolean): Settings {
  const { environment, workingDirectory } = sources;
  const kind = isMultipool ? 'multicloudpool' : 'cloudpool';
  const level = environment['STDOUT_LOG_LEVEL'] ?? '';
  const logLevel =
    reader.text('logLevel') ?? (level === '' ? null : (LOG_LEVELS[level] ?? level.toLowerCase()));
  return readSettings({
    flags: {
      data: reader.text('storageDir', 'STORAGE_DIR') ?? `/var/lib/elastisys/${kind}`,
      listen: reader.text('listen', 'POOLKEEPER_LISTEN') ?? LISTEN_DEFAULT,
      ...(logLevel === null ? {} : { logLevel }),
    },
    environment: { ...environment, POOLKEEPER_CONFIG: undefined },
    workingDirectory,
    isDropIn: true,
  });
}
