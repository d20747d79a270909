import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { FastifyInstance } from 'fastify';
import type { JsonObject, World } from '@poolkeeper/core';
import { bootCloudpool, SINGLE_INSTANCE } from './cloudpool-boot.ts';
import type { CloudpoolSettings } from './config/cloudpool-settings.ts';
import type { Settings } from './config/environment.ts';
import type { Listen } from './config/setting-values.ts';
import { AlertFollower } from './dialects/cloudpool/alerts/alert-follower.ts';
import type { CloudDriver } from './dialects/cloudpool/cloud-driver.ts';
import { CloudPools } from './dialects/cloudpool/cloud-pools.ts';
import { createCloudpoolApp, createCloudpoolDialect } from './dialects/cloudpool/cloudpool-app.ts';
import type { CloudpoolDialect } from './dialects/cloudpool/cloudpool-app.ts';
import { ANYBODY, DIALECT_DEFAULTS } from './dialects/cloudpool/parts.ts';
import type { Authenticate, CloudPoolsParts, DialectSettings, Served } from './dialects/cloudpool/parts.ts';
import { parseConfiguration } from './dialects/cloudpool/configuration/parse-configuration.ts';
import { readTls } from './dialects/certificates.ts';
import { createRealmLogin } from './dialects/cloudpool/serve/realm-login.ts';
import { readRealm, REALM_BYTES_MAX, RealmFault } from './dialects/cloudpool/serve/realm-file.ts';
import { createTokenAccess } from './dialects/cloudpool/token-access.ts';
import { viewMachine } from './dialects/cloudpool/views/machine.ts';
import { seeMachines } from './dialects/cloudpool/views/machine-pool.ts';
import { isLoopback, openListener } from './dialect-server.ts';
import type { DialectServer, FrontedApp } from './dialect-server.ts';
import type { Logger } from './logger.ts';
import type { Clock } from './timers.ts';
import { VERSION } from './version.ts';

/** Where cloud pools are served beside the native API of every server. */
const PREFIX = '/cloudpool';
const REALM_KEY_BYTES = 32;

/** What was read for the listeners of cloud pools before anything is opened: keys, certificates, users. */
export type CloudpoolListeners = readonly {
  readonly listen: Listen;
  readonly served: Served;
  /** As `node:https` takes it; null: plain HTTP. */
  readonly https: object | null;
  /** Null: by tokens of this server. */
  readonly authenticate: Authenticate | null;
  /** Is nobody asked who he is, neither in the handshake nor after it? */
  readonly isOpen: boolean;
}[];

/**
 * Reads what the listeners are to serve with, so that a server that could not serve does not start.
 *
 * Errors: `CertificateFault`, `RealmFault`, those of the disk.
 */
export async function readListeners(
  settings: Pick<Settings, 'cloudpoolListen' | 'tls'>,
  cloudpool: CloudpoolSettings | undefined,
): Promise<CloudpoolListeners> {
  const { tls } = settings;
  const isSecure = tls !== null && settings.cloudpoolListen.length > 0;
  const key = isSecure ? ({ kind: 'pem', ...tls } as const) : null;
  const https = key === null ? null : await readTls({ key, clients: null });
  const own = settings.cloudpoolListen.map(({ pool, ...listen }) => {
    const served: Served = { api: 'current', pool, hasInstances: false };
    return { listen, served, https, authenticate: null, isOpen: false };
  });
  return cloudpool === undefined ? own : [...own, ...(await readCompatListeners(cloudpool))];
}

async function readCompatListeners(cloudpool: CloudpoolSettings): Promise<CloudpoolListeners> {
  const { isMultipool, isVersionOne, realm } = cloudpool;
  const authenticate = realm === null ? () => ANYBODY : await readRealmLogin(realm);
  const served: Served = isVersionOne
    ? { api: 'versionOne', pool: SINGLE_INSTANCE }
    : { api: 'current', pool: isMultipool ? null : SINGLE_INSTANCE, hasInstances: isMultipool };
  return Promise.all(
    cloudpool.listeners.map(async ({ listen, tls }) => {
      const isOpen = realm === null && (tls === null || tls.clients === null);
      return { listen, served, https: tls === null ? null : await readTls(tls), authenticate, isOpen };
    }),
  );
}

async function readRealmLogin({ file, role }: { file: string; role: string }): Promise<Authenticate> {
  const bytes = await readFile(file);
  if (bytes.length > REALM_BYTES_MAX) throw new RealmFault(`it is larger than ${REALM_BYTES_MAX} bytes`);
  const realm = readRealm(bytes.toString('utf8'), randomBytes(REALM_KEY_BYTES));
  if (!realm.hasRole(role))
    throw new RealmFault(`none of its users has the role ${role}, so that nobody could be let in`);
  return createRealmLogin(realm, role);
}

export type CloudpoolServerInput = Omit<CloudPoolsParts, 'parseConfiguration'> & {
  readonly settings: Settings;
  /** How the drop-in is served; undefined in a server that is none. */
  readonly cloudpool: CloudpoolSettings | undefined;
  readonly listeners: CloudpoolListeners;
  readonly clock: Clock;
  /** How long a listener that stops still takes what was on its way to it, in milliseconds. */
  readonly lingerMs: number;
};

/**
 * The cloud pools of one server: under a prefix of its own API, and at listeners of their own with one pool, or all of them, at the root.
 * Disposing answers what is under way and closes the listeners.
 */
export class CloudpoolServer implements DialectServer {
  /** For the native API's server. */
  readonly dialect: CloudpoolDialect;
  readonly #input: CloudpoolServerInput;
  readonly #pools: CloudPools;
  readonly #dialectSettings: DialectSettings;
  readonly #apps: FastifyInstance[] = [];
  readonly #alerts: AlertFollower;

  constructor(input: CloudpoolServerInput) {
    this.#input = input;
    this.#pools = new CloudPools({ ...input, parseConfiguration });
    const { cloudpool } = input;
    this.#alerts = new AlertFollower({
      ...input,
      openSecret: ({ name, sealed }) => input.seal.open(name, sealed),
      viewMembers: (world, pool, limit) => viewMembers(world, { pool, limit, driver: input.driver }),
      processName: `${process.pid}@${hostname()}`,
      version: VERSION,
    });
    this.#dialectSettings = {
      ...DIALECT_DEFAULTS,
      ...(cloudpool === undefined
        ? {}
        : {
            legacyFields: cloudpool.legacyFields,
            legacyResize: cloudpool.legacyResize,
            corsOrigins: cloudpool.corsOrigins,
            externalUrl: cloudpool.externalUrl,
          }),
    };
    this.dialect = createCloudpoolDialect({
      pools: this.#pools,
      served: { api: 'current', pool: null, hasInstances: true },
      settings: DIALECT_DEFAULTS,
      authenticate: createTokenAccess(input.keeper),
      logger: input.logger,
      prefix: PREFIX,
    });
  }

  /** Brings the pools of a drop-in to where its options want them. Errors: `CloudpoolStartError`. */
  async boot(): Promise<void> {
    const { cloudpool, settings } = this.#input;
    if (cloudpool === undefined) return;
    const directory = settings.dataDirectory;
    await bootCloudpool({ ...this.#input, parseConfiguration, pools: this.#pools, directory }, cloudpool);
  }

  /** Answers the addresses of the listeners. Errors: those of listening. */
  async listen(): Promise<readonly string[]> {
    const urls: string[] = [];
    for (const listener of this.#input.listeners) urls.push(await this.#open(listener));
    return urls;
  }

  /** The applications of the listeners, for a replica to listen for. */
  frontedApps(): readonly FrontedApp[] {
    return this.#input.listeners.map(({ listen, served, authenticate }) => ({
      name: `cloudpool:${served.pool ?? ''}`,
      listen,
      app: this.#createApp({ served, authenticate, https: null }),
    }));
  }

  async #open(listener: CloudpoolListeners[number]): Promise<string> {
    const { listen, served, https } = listener;
    const { logger, timers, lingerMs } = this.#input;
    const app = this.#createApp(listener);
    const url = await openListener(app, { listen, isSecure: https !== null, timers, lingerMs });
    logger.info({ url, pool: served.pool }, 'cloud pools are served');
    if (!isLoopback(listen.host)) warnIfOpen(listener, logger);
    return url;
  }

  #createApp({
    served,
    https,
    authenticate,
  }: Pick<CloudpoolListeners[number], 'served' | 'https' | 'authenticate'>): FastifyInstance {
    const { keeper, logger, settings } = this.#input;
    const app = createCloudpoolApp({
      pools: this.#pools,
      served,
      settings: this.#dialectSettings,
      authenticate: authenticate ?? createTokenAccess(keeper),
      logger,
      https,
      trustProxy: settings.trustProxy,
    });
    this.#apps.push(app);
    return app;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pools[Symbol.dispose]();
    // Each waits for what is under way at it, all of them at the same time.
    await Promise.all([...this.#apps.map((app) => app.close()), this.#alerts[Symbol.asyncDispose]()]);
  }
}

function viewMembers(
  world: World,
  { pool, limit, driver }: { readonly pool: string; readonly limit: number; readonly driver: CloudDriver },
): readonly JsonObject[] {
  const state = world.pools.get(pool);
  if (state === undefined) return [];
  const { machines } = seeMachines(world, state, { fetchedAt: 0, driver, limit });
  return machines.map(({ resource, place }) => viewMachine(resource, place));
}

function warnIfOpen({ listen, https, isOpen }: CloudpoolListeners[number], logger: Logger): void {
  if (isOpen) {
    logger.warn(
      { host: listen.host },
      'CLOUD POOLS ARE OPEN TO EVERYBODY who reaches this address: machines can be ended, and the credentials of the cloud read. ' +
        'Ask for users with --require-basicauth, or for certificates with --require-cert.',
    );
  } else if (https === null) {
    logger.warn(
      { host: listen.host },
      'CLOUD POOLS ARE SERVED WITHOUT TLS: passwords and tokens travel in the clear.',
    );
  }
}
