import type { FastifyInstance } from 'fastify';
import { AcctpoolServer } from '../acctpool-server.ts';
import { BoskosServer } from '../boskos-server.ts';
import { cloudDrivers } from '../cloud-drivers.ts';
import { CloudpoolServer } from '../cloudpool-server.ts';
import { createCredentialsPart } from '../credentials.ts';
import type { DialectUrls, FrontedApp } from '../dialect-server.ts';
import { createApp } from '../http/app.ts';
import type { AppInput } from '../http/app.ts';
import { joinStatuses } from '../provider-statuses.ts';
import { VERSION } from '../version.ts';
import { LINGER_MS } from './ground.ts';
import type { Ground } from './ground.ts';
import type { Work } from './work.ts';

/** What clients talk to. Disposing answers what is under way and closes everything that listens. */
export type Serving = AsyncDisposable & {
  readonly app: FastifyInstance;
  /** Of the dialects that have listeners of their own. */
  frontedApps(): readonly FrontedApp[];
  /** Opens what answers while everything else is starting. Errors: those of listening. */
  openSidePorts(): Promise<void>;
  /** Brings dialects to where the options of a drop-in want them. Errors: those of each. */
  boot(): Promise<void>;
  /** Opens the listeners of the dialects. Errors: those of listening. */
  listenDialects(): Promise<DialectUrls>;
  /** Has the dialects read their files again. Errors: `BoskosConfigurationFault`. */
  reload(): Promise<void>;
};

/** How the native application is served, and among whom. */
export type HowItIsServed = Pick<AppInput, 'https' | 'lingerMs' | 'cluster' | 'findTokenMeanwhile'>;

/** Wires the applications. */
export function wireServing(ground: Ground, work: Work, listening: HowItIsServed): Serving {
  const { settings, dropIn, files, logger } = ground;
  const { timers, elapsed } = ground.machine;
  const { keeper, configurator, providers } = work;
  const stack = new AsyncDisposableStack();
  const shared = { keeper, configurator, settings, timers, logger, lingerMs: LINGER_MS };
  const cloudpools = stack.use(
    new CloudpoolServer({
      ...shared,
      cloudpool: dropIn.cloudpool,
      listeners: files.cloudpoolListeners,
      ...cloudDrivers(dropIn.cloudpool ?? { driver: null, cloudUrl: null }),
      tryOut: (entry, template) => providers.tryOut(entry, template),
      seal: ground.secretBox,
      clock: ground.clock,
    }),
  );
  const boskos = stack.use(new BoskosServer({ ...shared, boskos: dropIn.boskos, elapsed }));
  const { secretBox: seal, credentialSeal, newId } = ground;
  const acctpools =
    files.accounts &&
    stack.use(new AcctpoolServer({ ...files.accounts, ...shared, seal, credentialSeal, newId }));
  const app = createApp({
    keeper,
    metrics: ground.metrics,
    logger,
    timers,
    version: VERSION,
    trustProxy: settings.trustProxy,
    checkTemplate: (provider, template) => providers.checkTemplate(provider, template),
    configurator,
    secretSeal: seal,
    credentials: createCredentialsPart(credentialSeal, newId),
    notifications: work.notifier,
    runLogs: work.runLogs,
    signingKeys: ground.signingKeys,
    runners: work.remote,
    providersStatus: () => joinStatuses(providers.providers, work.runner.status(), work.following.status()),
    dialects: [cloudpools.dialect],
    ...listening,
  });
  stack.defer(() => app.close());
  return {
    app,
    frontedApps: () => [...cloudpools.frontedApps(), ...boskos.frontedApps()],
    openSidePorts: () => boskos.openSidePorts(),
    boot: async () => {
      for (const dialect of [cloudpools, boskos, acctpools]) await dialect?.boot();
    },
    listenDialects: async () => ({
      cloudpool: await cloudpools.listen(),
      boskos: await boskos.listen(),
      acctpool: (await acctpools?.listen()) ?? [],
    }),
    reload: () => boskos.reload(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
