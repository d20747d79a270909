import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Refusal, effectiveParams } from '@poolkeeper/core';
import { Registry } from 'prom-client';
import { loadAcctpool } from './acctpool-configuration.ts';
import { AcctpoolServer } from './acctpool-server.ts';
import { ensureAdminToken } from './admin-token.ts';
import { BoskosServer } from './boskos-server.ts';
import { cloudDrivers } from './cloud-drivers.ts';
import { CloudpoolServer, readListeners } from './cloudpool-server.ts';
import type { Configuration } from './config/configuration.ts';
import type { Settings } from './config/environment.ts';
import { loadConfiguration } from './config/load-configuration.ts';
import { Configurator } from './configurator.ts';
import { createCredentialsPart, createStepCredentials } from './credentials.ts';
import type { DialectUrls, DropIn } from './dialect-server.ts';
import { isLoopback } from './dialect-server.ts';
import { createApp } from './http/app.ts';
import { createMetrics } from './http/metrics.ts';
import { createIdSource } from './id-source.ts';
import { createJobRunner } from './jobs/job-runner.ts';
import { createAskers } from './probes/askers.ts';
import { fillProbe } from './probes/fill-probe.ts';
import { Prober } from './probes/prober.ts';
import { maskError } from './jobs/mask-result.ts';
import { createOpenStepInput } from './jobs/open-step-input.ts';
import { needlesOf } from './jobs/secret-mask.ts';
import { HistoryPruner } from './keeper/pruner.ts';
import { WorldKeeper } from './keeper/keeper.ts';
import { viewEvent } from './http/views/event.ts';
import { createLogger } from './log.ts';
import type { Logger } from './logger.ts';
import { createHttpSender } from './notifications/http-sender.ts';
import { createMailSender } from './notifications/mail-sender.ts';
import { Notifier } from './notifications/notifier.ts';
import { checkProvider } from './providers/open-provider.ts';
import { createRemoteWork } from './remote-runners.ts';
import { createOpenSecret } from './provider-secrets.ts';
import { findSecrets, openSecretBox, resealSecrets } from './secret-keys.ts';
import { ProviderFollower } from './provider-follower.ts';
import { ProviderSet } from './provider-set.ts';
import { joinStatuses } from './provider-statuses.ts';
import { RunLogs } from './run-log/run-logs.ts';
import { createCredentialSeal } from './seal/credential-seal.ts';
import { SigningKeys } from './seal/signing-keys.ts';
import { announceServer } from './server-file.ts';
import type { SecretBox } from './seal/secret-box.ts';
import { openStepExecutors } from './step-executors.ts';
import { createStepCheck } from './steps/check-step.ts';
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
  readonly dialectUrls: DialectUrls;
  /** Where the first admin token is; null where the environment gave it, or it was revoked. */
  readonly tokenFile: string | null;
  /** It had neither providers nor pools when it started. */
  readonly isEmpty: boolean;
  /**
   * Reads the configuration file again and applies it in one decision, or not at all, and then that of a drop-in; without a file it does
   * nothing.
   *
   * Errors: `ConfigurationError`, `BoskosConfigurationFault`; everything stays as it was then.
   */
  reload(): Promise<void>;
};

/**
 * Wires and starts one server: the only place that knows every room.
 *
 * `dropIn`: the servers of others that it stands in for too.
 *
 * Errors: `ConfigurationError`, `StoreFailure`, and those of listening; of a drop-in also `CertificateFault`, `RealmFault`,
 * `CloudpoolStartError`, `BoskosConfigurationFault`, `BoskosStartError` and `AcctpoolStartError`. What was started by then is stopped
 * again.
 */
export async function startServer(settings: Settings, dropIn: DropIn = {}): Promise<RunningServer> {
  const configuration = await readConfiguration(settings);
  const { cloudpool, boskos: boskosSettings, acctpool } = dropIn;
  const listeners = await readListeners(settings, cloudpool);
  const accounts = acctpool && { acctpool, configuration: await loadAcctpool(acctpool, process.env) };
  await using stack = new AsyncDisposableStack();
  const logger = createLogger({ level: settings.logLevel });
  warnIfOpen(settings, logger);

  const store = stack.use(await openSqliteStore({ directory: settings.dataDirectory }));
  const secretBox = await openSecretBox(settings.dataDirectory, settings.masterKeys);
  const credentialSeal = createCredentialSeal(secretBox);
  const newId = createIdSource(clock, randomBytes);
  const providers = stack.use(
    new ProviderSet({
      dataDirectory: settings.dataDirectory,
      configDirectory: await configDirectoryOf(settings),
      environment: process.env,
      clock,
      timers: systemTimers,
      random: systemRandom,
      logger,
      // Nothing is opened before the keeper takes commands.
      openSecret: createOpenSecret({
        findSecret: async (name) => (await findSecrets(keeper, [name])).get(name),
        open: (name, sealed) => secretBox.open(name, sealed),
      }),
    }),
  );

  const signingKeys = await SigningKeys.open({
    directory: settings.dataDirectory,
    memory: store,
    now: clock.now(),
  });
  const metrics = createMetrics(new Registry());
  const runLogs = stack.use(new RunLogs({ store: store.runLog, clock, timers: systemTimers, logger }));
  const directory = await configDirectoryOf(settings);
  const steps = await openStepExecutors({
    directory,
    scratch: join(settings.dataDirectory, 'steps'),
    policy: settings.execSteps ?? (settings.configFile === null ? 'off' : { folder: directory }),
    environment: process.env,
    providers: providers.providers,
    // No step runs before the keeper takes commands.
    credentials: createStepCredentials({ keeper: () => keeper, seal: credentialSeal, clock }),
    paramsOf: (id) =>
      keeper.read((world) => {
        const resource = world.resources.get(id);
        return resource === undefined ? {} : effectiveParams(world, resource);
      }),
    timers: systemTimers,
    clock: elapsed,
    random: systemRandom,
    logger,
  });
  const { executors } = steps;
  const keeper: WorldKeeper = stack.use(
    new WorldKeeper({
      store,
      clock,
      elapsed,
      timers: systemTimers,
      random: systemRandom,
      sealRecord: signingKeys.sealRecord,
      checkStep: createStepCheck(executors),
      newId,
      defer: setImmediate,
      logger,
      probe: metrics.probe,
      onLoad: () => {
        following.follow();
        notifier.follow();
      },
    }),
  );
  const openInput = createOpenStepInput({
    findSecrets: (names) => findSecrets(keeper, names),
    open: (name, sealed) => secretBox.open(name, sealed),
  });
  const remote = stack.use(
    createRemoteWork(keeper, { clock, timers: systemTimers, logger, openInput, logs: runLogs }),
  );
  const runner = stack.use(
    createJobRunner({
      providers: providers.providers,
      clock,
      timers: systemTimers,
      random: systemRandom,
      logger,
      report: async (job, outcome) => void (await keeper.ask({ type: 'finishJob', job, outcome })),
      reportLook: async (seen) => void (await keeper.ask({ type: 'finishLook', ...seen })),
      called: metrics.observeCall,
      steps: { executors, openInput, logs: runLogs, remote },
    }),
  );
  const following = new ProviderFollower({
    keeper: () => keeper,
    providers,
    runner,
    called: metrics.observeCall,
    clock,
    timers: systemTimers,
    logger,
  });
  // Configurations are followed for as long as the application takes them.
  stack.use(following);
  const notifier = stack.use(
    new Notifier({
      keeper: () => keeper,
      senders: {
        http: createHttpSender({
          sealing: secretBox,
          view: viewEvent,
          clock,
          timers: systemTimers,
          version: VERSION,
        }),
        mail: createMailSender({
          smtp: settings.mail,
          timers: systemTimers,
          onPartly: (webhook, count) =>
            logger.warn({ webhook, count }, 'the mail server refused some of the addresses of a webhook'),
        }),
      },
      sealing: secretBox,
      sendsMail: settings.mail !== null,
      timers: systemTimers,
      logger,
      probe: metrics.observeDelivery,
    }),
  );
  const configurator = new Configurator(keeper, providers, { seal: credentialSeal, newId });
  const cloudpools = stack.use(
    new CloudpoolServer({
      keeper,
      settings,
      cloudpool,
      listeners,
      ...cloudDrivers(cloudpool ?? { driver: null, cloudUrl: null }),
      tryOut: (entry, template) => providers.tryOut(entry, template),
      seal: secretBox,
      clock,
      timers: systemTimers,
      logger,
      lingerMs: LINGER_MS,
    }),
  );
  const boskos = stack.use(
    new BoskosServer({
      keeper,
      settings,
      boskos: boskosSettings,
      configurator,
      elapsed,
      timers: systemTimers,
      logger,
      lingerMs: LINGER_MS,
    }),
  );
  await boskos.openSidePorts();
  const acctpools =
    accounts &&
    stack.use(
      new AcctpoolServer({
        ...accounts,
        keeper,
        configurator,
        settings,
        seal: secretBox,
        credentialSeal,
        newId,
        timers: systemTimers,
        logger,
        lingerMs: LINGER_MS,
      }),
    );
  const app = createApp({
    keeper,
    metrics,
    logger,
    timers: systemTimers,
    version: VERSION,
    trustProxy: settings.trustProxy,
    checkTemplate: (provider, template) => providers.checkTemplate(provider, template),
    configurator,
    secretSeal: secretBox,
    credentials: createCredentialsPart(credentialSeal, newId),
    notifications: notifier,
    runLogs,
    signingKeys,
    runners: remote,
    providersStatus: () => joinStatuses(providers.providers, runner.status(), following.status()),
    lingerMs: LINGER_MS,
    dialects: [cloudpools.dialect],
    https: settings.tls === null ? null : await readCertificate(settings.tls),
  });
  stack.defer(() => app.close());

  following.subscribe();
  await keeper.start(runner);
  if (configuration !== null) await applyAtStart(configurator, configuration, logger);
  await following.start();
  stack.use(
    steps.sweepLeftovers(() =>
      keeper.read(({ jobs, workflows }) => ({
        jobs: new Set(jobs.keys()),
        usesContainers: [...workflows.values()].some(({ steps: all }) =>
          all.some(({ uses }) => uses === 'container'),
        ),
      })),
    ),
  );
  notifier.start();
  const tokenFile = await ensureAdminToken(keeper, {
    dataDirectory: settings.dataDirectory,
    given: settings.adminToken ?? undefined,
  });
  const isEmpty = await keeper.read(({ providers: known, pools }) => known.size === 0 && pools.size === 0);
  stack.use(
    new HistoryPruner({
      store,
      clock,
      timers: systemTimers,
      logger,
      lastEvent: () => keeper.lastEvent(),
    }),
  );

  stack.use(startResealing(keeper, secretBox, logger));
  const prober = stack.use(
    new Prober({
      keeper,
      askers: createAskers(
        executors,
        async ({ input, secrets }) => {
          const opened = await openInput({ with: input, secrets });
          return { input: opened.input, mask: maskWith(opened.secretValues) };
        },
        maskWith,
      ),
      fill: fillProbe,
      clock,
      timers: systemTimers,
      random: systemRandom,
      logger,
    }),
  );
  prober.start();

  for (const dialect of [cloudpools, boskos, acctpools]) await dialect?.boot();
  const dialectUrls: DialectUrls = {
    cloudpool: await cloudpools.listen(),
    boskos: await boskos.listen(),
    acctpool: (await acctpools?.listen()) ?? [],
  };
  const address = await app.listen(settings.listen);
  const url = settings.tls === null ? address : address.replace(/^http:/, 'https:');
  stack.use(await announceServer(settings.dataDirectory, url));
  logger.info({ url, version: VERSION }, 'listening');

  const running = stack.move();
  let turn: Promise<void> = Promise.resolve();
  const reload = async (): Promise<void> => {
    const next = await readConfiguration(settings);
    if (next !== null) await applyConfiguration(configurator, next);
    await boskos.reload();
  };
  return {
    url,
    dialectUrls,
    tokenFile,
    isEmpty,
    reload: () => (turn = turn.catch(() => {}).then(reload)),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function maskWith(secretValues: readonly string[]): (text: string) => string {
  const needles = needlesOf(secretValues);
  return (text) => maskError(needles, text);
}

/** Seals anew beside the first requests; disposing ends it before the keeper stops. */
function startResealing(keeper: WorldKeeper, box: SecretBox, logger: Logger): AsyncDisposable {
  const stop = new AbortController();
  const done = resealSecrets(keeper, { box, logger, signal: stop.signal }).catch((error: unknown) =>
    logger.warn({ err: error }, 'secrets were not all sealed with the current key; the next start goes on'),
  );
  return {
    [Symbol.asyncDispose]: () => {
      stop.abort();
      return done;
    },
  };
}

async function readConfiguration(settings: Settings): Promise<Configuration | null> {
  const { configFile } = settings;
  return configFile === null ? null : loadConfiguration(configFile, process.env, checkProvider);
}

/** Relative paths in the options of providers start at the configuration, or where the server was started without one. */
async function configDirectoryOf({ configFile }: Settings): Promise<string> {
  if (configFile === null) return process.cwd();
  const path = resolve(configFile);
  return (await stat(path)).isDirectory() ? path : dirname(path);
}

/** What goes by itself, but only while a server runs. */
const PASSING_REFUSALS: readonly unknown[] = ['pool_being_removed', 'provider_being_removed'];

/** A file that still names what is being removed must not keep the server from starting: leases could never be given back. */
async function applyAtStart(
  configurator: Configurator,
  configuration: Configuration,
  logger: Logger,
): Promise<void> {
  try {
    await applyConfiguration(configurator, configuration);
  } catch (error) {
    const { cause, message } = error as Error;
    if (!(cause instanceof Refusal) || !PASSING_REFUSALS.includes(cause.code)) throw error;
    logger.error(
      { faults: message.split('\n') },
      'THE CONFIGURATION FILE WAS NOT APPLIED: it names what is being removed. The server runs with what it remembers. ' +
        'Take that out of the file, or wait until it has gone, and send SIGHUP.',
    );
  }
}

/** Has the core decide what the file says; a refusal is said as the file's fault. */
async function applyConfiguration(configurator: Configurator, configuration: Configuration): Promise<void> {
  const { providers, workflows, profiles, pools } = configuration;
  try {
    await configurator.apply({ providers, workflows, profiles, pools, isPruning: false, agreed: null });
  } catch (error) {
    if (error instanceof Refusal && error.faults.length > 0) throw configuration.refuse(error.faults, error);
    throw error;
  }
}

async function readCertificate(tls: {
  certFile: string;
  keyFile: string;
}): Promise<{ cert: Buffer; key: Buffer }> {
  return { cert: await readFile(tls.certFile), key: await readFile(tls.keyFile) };
}

function warnIfOpen(settings: Settings, logger: Logger): void {
  if (isLoopback(settings.listen.host) || settings.tls !== null || settings.trustProxy !== false) return;
  logger.warn(
    { host: settings.listen.host },
    'LISTENING BEYOND THIS MACHINE WITHOUT TLS: tokens travel in the clear. Give --tls-cert and --tls-key, or set ' +
      'POOLKEEPER_TRUST_PROXY when a proxy in front ends TLS.',
  );
}
