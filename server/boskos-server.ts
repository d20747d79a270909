import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { Refusal } from '@poolkeeper/core';
import { cleanWhatStands, putJanitors } from './boskos-janitors.ts';
import type { BoskosSettings } from './config/boskos-settings.ts';
import type { Settings } from './config/environment.ts';
import type { Listen } from './config/setting-values.ts';
import type { Configurator } from './configurator.ts';
import { isLoopback, openListener } from './dialect-server.ts';
import type { DialectServer, FrontedApp } from './dialect-server.ts';
import { createPasswordAccess, createTokenAccess, letEverybodyIn } from './dialects/boskos/access.ts';
import type { Authenticate } from './dialects/boskos/access.ts';
import { createBoskosApp } from './dialects/boskos/boskos-app.ts';
import { configuredTypes } from './dialects/boskos/configuration/configured-types.ts';
import type { ResourceEntry } from './dialects/boskos/configuration/configuration.ts';
import { parseBoskosConfiguration } from './dialects/boskos/configuration/parse-configuration.ts';
import { createBoskosMetrics } from './dialects/boskos/metrics.ts';
import type { BoskosMetrics } from './dialects/boskos/metrics.ts';
import { BOSKOS_DEFAULTS } from './dialects/boskos/parts.ts';
import { createBoskosHealthApp, createBoskosMetricsApp } from './dialects/boskos/side-apps.ts';
import { readTls } from './dialects/certificates.ts';
import { FileFollower, FOLLOWED_BYTES_MAX } from './file-follower.ts';
import type { Keeper } from './keeper/contract.ts';
import type { Logger } from './logger.ts';
import type { Clock, Timers } from './timers.ts';

/** Of the pools that a configuration makes: their members are what it names, and nobody makes them. */
const PROVIDER = 'boskos';

/** A drop-in for Boskos that cannot start as it was told to. */
export class BoskosStartError extends Error {
  override readonly name = 'BoskosStartError';
  readonly advice: string;

  constructor(message: string, options: { advice: string; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.advice = options.advice;
  }
}

/**
 * Reads a configuration file of Boskos, and looks whether it can be used; nothing is started or changed.
 *
 * Errors: `BoskosConfigurationFault` with everything that is wrong, those of the disk.
 */
export async function readBoskosConfiguration(file: string): Promise<ResourceEntry[]> {
  const bytes = await readFile(file);
  if (bytes.length > FOLLOWED_BYTES_MAX)
    throw new Error(`${file} is larger than ${FOLLOWED_BYTES_MAX} bytes`);
  return parseBoskosConfiguration(bytes.toString('utf8'));
}

export type BoskosServerInput = {
  readonly keeper: Keeper;
  readonly settings: Pick<Settings, 'boskosListen' | 'tls' | 'trustProxy'>;
  /** How the drop-in is served; undefined in a server that is none. */
  readonly boskos: BoskosSettings | undefined;
  readonly configurator: Configurator;
  /** Counts time for metrics. */
  readonly elapsed: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** How long a listener that stops still takes what was on its way to it, in milliseconds. */
  readonly lingerMs: number;
};

/** Who is let in, and how. `https`: as `node:https` takes it; null: plain HTTP. */
type Served = { readonly authenticate: Authenticate; readonly https: object | null };

/**
 * Boskos of one server: at a listener of its own, for those who have a token of this server, or as a drop-in with the original's
 * configuration file, which is followed, and its side ports.
 */
export class BoskosServer implements DialectServer {
  readonly #input: BoskosServerInput;
  readonly #metrics: BoskosMetrics = createBoskosMetrics(new Registry());
  readonly #apps: FastifyInstance[] = [];
  readonly #files: FileFollower[] = [];
  #configuration: FileFollower | undefined;
  #isReady = false;

  constructor(input: BoskosServerInput) {
    this.#input = input;
  }

  /** Opens the side ports, which answer from the start on. Errors: those of listening. */
  async openSidePorts(): Promise<void> {
    const { boskos, keeper } = this.#input;
    if (boskos !== undefined && boskos.health !== null) {
      const trouble = (): string | null => troubleOf(keeper);
      await this.#openSide(createBoskosHealthApp({ isReady: () => this.#isReady, trouble }), boskos.health);
    }
    if (boskos !== undefined && boskos.metrics !== null)
      await this.#openSide(createBoskosMetricsApp({ keeper, metrics: this.#metrics }), boskos.metrics);
  }

  #openSide(app: FastifyInstance, listen: Listen): Promise<string> {
    this.#apps.push(app);
    return this.#open(app, listen);
  }

  /** Makes the world as the configuration file says. Errors: `BoskosConfigurationFault`, `BoskosStartError`, those of the disk. */
  async boot(): Promise<void> {
    const { boskos } = this.#input;
    if (boskos === undefined || boskos.configFile === null) return;
    this.#configuration = await this.#follow(
      boskos.configFile,
      (text) => this.#sync(text, boskos),
      'The configuration stays as it was; correct the file, and it is read again.',
    );
    try {
      await this.#sync(this.#configuration.text, boskos);
    } catch (error) {
      throw explainSync(error, boskos.configFile);
    }
    this.#configuration.follow();
  }

  /** Reads the configuration file again. Errors: as `boot`; everything stays as it was then. */
  async reload(): Promise<void> {
    await this.#configuration?.read();
  }

  async listen(): Promise<readonly string[]> {
    const { boskos, keeper, settings } = this.#input;
    const urls: string[] = [];
    if (settings.boskosListen !== null) {
      const { tls } = settings;
      const https = tls === null ? null : await readTls({ key: { kind: 'pem', ...tls }, clients: null });
      urls.push(await this.#serve(settings.boskosListen, { authenticate: createTokenAccess(keeper), https }));
    }
    if (boskos !== undefined) {
      const authenticate = await this.#readLogin(boskos);
      urls.push(await this.#serve(boskos.listen, { authenticate, https: null }));
    }
    this.#isReady = true;
    return urls;
  }

  /** The application of the listener of its own, for a replica to listen for. */
  frontedApps(): readonly FrontedApp[] {
    const { keeper, settings } = this.#input;
    if (settings.boskosListen === null) return [];
    const app = this.#createApp({ authenticate: createTokenAccess(keeper), https: null });
    return [{ name: 'boskos', listen: settings.boskosListen, app }];
  }

  async #serve(listen: Listen, served: Served): Promise<string> {
    const { logger } = this.#input;
    const { authenticate, https } = served;
    const url = await this.#open(this.#createApp(served), listen, https !== null);
    logger.info({ url }, 'Boskos is served');
    if (!isLoopback(listen.host))
      warnIfOpen(logger, { listen, isOpen: authenticate === letEverybodyIn, https });
    return url;
  }

  #createApp({ authenticate, https }: Served): FastifyInstance {
    const { boskos, settings } = this.#input;
    const app = createBoskosApp({
      ...this.#input,
      settings: {
        requestTtlMs: boskos?.requestTtlMs ?? BOSKOS_DEFAULTS.requestTtlMs,
        isChallenging: boskos?.isChallenging ?? BOSKOS_DEFAULTS.isChallenging,
      },
      authenticate,
      metrics: this.#metrics,
      https,
      trustProxy: settings.trustProxy,
    });
    this.#apps.push(app);
    return app;
  }

  #open(app: FastifyInstance, listen: Listen, isSecure = false): Promise<string> {
    const { timers, lingerMs } = this.#input;
    return openListener(app, { listen, isSecure, timers, lingerMs });
  }

  async #readLogin({ login }: BoskosSettings): Promise<Authenticate> {
    if (login === null) return letEverybodyIn;
    let password = '';
    const take = (text: string): void => {
      password = requirePassword(text, login.passwordFile);
    };
    const file = await this.#follow(login.passwordFile, take, 'The password stays as it was.');
    take(file.text);
    file.follow();
    return createPasswordAccess(login.user, () => password);
  }

  async #follow(
    path: string,
    onChange: (text: string) => Promise<void> | void,
    meanwhile: string,
  ): Promise<FileFollower> {
    const { timers, logger } = this.#input;
    const file = await FileFollower.open({ path, timers, logger, onChange, meanwhile });
    this.#files.push(file);
    return file;
  }

  async #sync(text: string, { janitors, silenceMs, isRepeatable }: BoskosSettings): Promise<void> {
    const { keeper, configurator, logger } = this.#input;
    const types = configuredTypes(parseBoskosConfiguration(text), { silenceMs, isRepeatable });
    await configurator.putProvider({ name: PROVIDER, driver: 'static' });
    for (const { type } of janitors)
      if (type !== null && !types.some((one) => one.type === type))
        logger.warn(
          { type },
          'a --janitor is for a type that the configuration does not name: nothing is cleaned by it',
        );
    await putJanitors(keeper, { provider: PROVIDER, types, janitors });
    const synced = await keeper.ask({ type: 'syncStages', provider: PROVIDER, types });
    if (janitors.length > 0) await cleanWhatStands(keeper);
    const { added, removed, waiting } = synced;
    logger.info(
      { types: types.length, added: added.length, removed: removed.length, waiting: waiting.length },
      'the configuration of Boskos is in force',
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isReady = false;
    await Promise.all(this.#files.map((file) => file[Symbol.asyncDispose]()));
    // Each waits for what is under way at it, all of them at the same time.
    await Promise.all(this.#apps.map((app) => app.close()));
  }
}

function troubleOf(keeper: Pick<Keeper, 'status'>): string | null {
  const status = keeper.status();
  if (status.state === 'running') return null;
  return 'reason' in status ? status.reason : `the server is ${status.state}`;
}

function explainSync(error: unknown, file: string): unknown {
  if (!(error instanceof Refusal)) return error;
  return new BoskosStartError(`The configuration ${file} was not taken: ${error.message}`, {
    advice:
      error.code === 'workflow_not_found'
        ? 'Name a workflow that the server has, or bring it with --workflows FILE.'
        : 'Nothing of it is in force. Correct it, or give up what stands against it.',
    cause: error,
  });
}

/** Without the white space around it, as the components of the original read it. */
function requirePassword(text: string, file: string): string {
  const password = text.trim();
  if (password !== '') return password;
  throw new BoskosStartError(`The password file ${file} is empty.`, {
    advice: 'Write the password that clients show into it.',
  });
}

function warnIfOpen(
  logger: Logger,
  {
    listen,
    isOpen,
    https,
  }: { readonly listen: Listen; readonly isOpen: boolean; readonly https: object | null },
): void {
  if (isOpen) {
    logger.warn(
      { host: listen.host },
      'BOSKOS IS OPEN TO EVERYBODY who reaches this address: resources can be taken from their owners, and the data kept with them ' +
        'read. Ask for credentials with --username and --password-file, or put a proxy in front.',
    );
  } else if (https === null) {
    logger.warn(
      { host: listen.host },
      'BOSKOS IS SERVED WITHOUT TLS: passwords and tokens travel in the clear.',
    );
  }
}
