import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Refusal } from '@poolkeeper/core';
import { Registry } from 'prom-client';
import { ensureAdminToken } from './admin-token.ts';
import type { Configuration } from './config/configuration.ts';
import { checkTemplates } from './config/check-templates.ts';
import type { Settings } from './config/environment.ts';
import { readLimits } from './config/provider-limits.ts';
import { loadConfiguration } from './config/load-configuration.ts';
import { createApp } from './http/app.ts';
import { createMetrics } from './http/metrics.ts';
import type { Metrics } from './http/metrics.ts';
import { createIdSource } from './id-source.ts';
import { startObserver } from './jobs/observer.ts';
import type { Observer, Sweep, SweepStatus } from './jobs/observer.ts';
import { createJobRunner } from './jobs/job-runner.ts';
import type { LocalJobRunner } from './jobs/job-runner.ts';
import { HistoryPruner } from './keeper/pruner.ts';
import { WorldKeeper } from './keeper/keeper.ts';
import { createLogger } from './log.ts';
import type { Logger } from './logger.ts';
import { checkProvider } from './providers/open-provider.ts';
import { ProviderSet } from './provider-set.ts';
import { joinStatuses } from './provider-statuses.ts';
import { announceServer } from './server-file.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { createSteadyClock } from './steady-clock.ts';
import { systemClock, systemRandom, systemTimers } from './system-clock.ts';
import { VERSION } from './version.ts';

/** How long a server that stops still refuses what was on its way to it, in milliseconds. */
const LINGER_MS = 100;

/** The clock of everything that is decided: it never goes back, whatever somebody does to the machine's. */
const elapsed = { now: () => performance.now() };
const clock = createSteadyClock(systemClock, elapsed);

/** A server that listens. Disposing stops it gracefully. */
export type RunningServer = AsyncDisposable & {
  readonly url: string;
  /** Where the first admin token is; null where the environment gave it, or it was revoked. */
  readonly tokenFile: string | null;
  /**
   * Reads the configuration file again and applies it in one decision, or not at all.
   *
   * Errors: `ConfigurationError`; everything stays as it was then.
   */
  reload(): Promise<void>;
};

/**
 * Wires and starts one server: the only place that knows every room.
 *
 * Errors: `ConfigurationError`, `StoreFailure`, and those of listening. What was started by then is stopped again.
 */
export async function startServer(settings: Settings): Promise<RunningServer> {
  const configuration = await readConfiguration(settings);
  await using stack = new AsyncDisposableStack();
  const logger = createLogger({ level: settings.logLevel });
  warnIfOpen(settings, logger);

  const store = stack.use(await openSqliteStore({ directory: settings.dataDirectory }));
  const providers = stack.use(
    new ProviderSet({
      dataDirectory: settings.dataDirectory,
      configDirectory: configuration?.directory ?? process.cwd(),
      environment: process.env,
      clock,
      timers: systemTimers,
      random: systemRandom,
      logger,
    }),
  );
  if (configuration !== null) await openProviders(providers, configuration, logger);

  const metrics = createMetrics(new Registry());
  const keeper = stack.use(
    new WorldKeeper({
      store,
      providers: providers.infos(),
      clock,
      elapsed,
      timers: systemTimers,
      random: systemRandom,
      newId: createIdSource(clock, randomBytes),
      defer: setImmediate,
      logger,
      probe: metrics.probe,
    }),
  );
  const runner = stack.use(
    createJobRunner({
      providers: providers.providers,
      clock,
      timers: systemTimers,
      random: systemRandom,
      logger,
      report: async (job, outcome) => void (await keeper.ask({ type: 'finishJob', job, outcome })),
      called: metrics.observeCall,
    }),
  );
  const observing = new Observing({ keeper, providers, runner, metrics, logger });
  const app = createApp({
    keeper,
    metrics,
    logger,
    timers: systemTimers,
    version: VERSION,
    trustProxy: settings.trustProxy,
    checkTemplate: (provider, template) => providers.checkTemplate(provider, template),
    providersStatus: () => joinStatuses(runner.status(), observing.status()),
    lingerMs: LINGER_MS,
    https: settings.tls === null ? null : await readCertificate(settings.tls),
  });
  stack.defer(() => app.close());

  // A keeper that starts hands out the jobs that were left over.
  if (configuration !== null) setLimits(runner, configuration);
  await keeper.start(runner);
  if (configuration !== null) await applyConfiguration(keeper, configuration);
  for (const [name, provider] of providers.providers) {
    if (provider.stopsWithServer === true) await keeper.ask({ type: 'resumeResources', provider: name });
  }
  const tokenFile = await ensureAdminToken(keeper, {
    dataDirectory: settings.dataDirectory,
    given: settings.adminToken ?? undefined,
  });
  stack.use(observing);
  await observing.restart();
  stack.use(
    new HistoryPruner({
      store,
      clock,
      timers: systemTimers,
      logger,
      lastEvent: () => keeper.lastEvent(),
    }),
  );

  const address = await app.listen(settings.listen);
  const url = settings.tls === null ? address : address.replace(/^http:/, 'https:');
  stack.use(await announceServer(settings.dataDirectory, url));
  logger.info({ url, version: VERSION }, 'listening');

  const running = stack.move();
  let turn: Promise<void> = Promise.resolve();
  const reload = async (): Promise<void> => {
    const next = await readConfiguration(settings);
    if (next === null) return;
    await openProviders(providers, next, logger);
    keeper.setProviders(providers.infos());
    await applyConfiguration(keeper, next);
    setLimits(runner, next);
    await observing.restart();
  };
  return {
    url,
    tokenFile,
    reload: () => (turn = turn.catch(() => {}).then(reload)),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function readConfiguration(settings: Settings): Promise<Configuration | null> {
  return settings.configFile === null ? null : loadConfiguration(settings.configFile, checkProvider);
}

async function openProviders(
  providers: ProviderSet,
  configuration: Configuration,
  logger: Logger,
): Promise<void> {
  await providers.open(configuration, logger);
  const faults = checkTemplates(configuration, providers.providers);
  if (faults.length > 0) throw configuration.refuse(faults);
}

/** Has the core decide what the file says; a refusal is said as the file's fault. */
async function applyConfiguration(keeper: WorldKeeper, configuration: Configuration): Promise<void> {
  try {
    await keeper.ask({ type: 'configure', pools: configuration.pools });
  } catch (error) {
    if (error instanceof Refusal && error.faults.length > 0) throw configuration.refuse(error.faults, error);
    throw error;
  }
}

/** Says how hard each account may be used. What is under way goes on. */
function setLimits(runner: LocalJobRunner, configuration: Configuration): void {
  for (const { name, limits } of configuration.providers) runner.setLimits(name, readLimits(limits));
}

type ObservingParts = {
  readonly keeper: WorldKeeper;
  readonly providers: ProviderSet;
  readonly runner: LocalJobRunner;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

/** Looks at what the providers made, again whenever there are other providers. */
class Observing implements AsyncDisposable {
  readonly #parts: ObservingParts;
  #observer: Observer | undefined;

  constructor(parts: ObservingParts) {
    this.#parts = parts;
  }

  status(): readonly SweepStatus[] {
    return this.#observer?.status() ?? [];
  }

  async restart(): Promise<void> {
    await this.#observer?.[Symbol.asyncDispose]();
    const { providers, runner, metrics, logger } = this.#parts;
    this.#observer = startObserver({
      providers: providers.providers.values(),
      clock,
      timers: systemTimers,
      logger,
      report: (sweep) => this.#report(sweep),
      admit: (provider, signal) => runner.admitLook(provider, signal),
      called: metrics.observeCall,
    });
  }

  async #report(sweep: Sweep): Promise<void> {
    const { unknown } = await this.#parts.keeper.ask({ type: 'observe', ...sweep });
    if (unknown.length === 0) return;
    this.#parts.logger.warn(
      { provider: sweep.provider, resources: unknown.slice(0, 20) },
      'the provider has things that belong to no resource',
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#observer?.[Symbol.asyncDispose]();
  }
}

async function readCertificate(tls: {
  certFile: string;
  keyFile: string;
}): Promise<{ cert: Buffer; key: Buffer }> {
  return { cert: await readFile(tls.certFile), key: await readFile(tls.keyFile) };
}

function warnIfOpen(settings: Settings, logger: Logger): void {
  const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(settings.listen.host);
  if (isLoopback || settings.tls !== null || settings.trustProxy !== false) return;
  logger.warn(
    { host: settings.listen.host },
    'LISTENING BEYOND THIS MACHINE WITHOUT TLS: tokens travel in the clear. Give --tls-cert and --tls-key, or set ' +
      'POOLKEEPER_TRUST_PROXY when a proxy in front ends TLS.',
  );
}
