import { createSteadyClock } from '../steady-clock.ts';
import { createKeyFileVault } from '../seal/signing-key-file.ts';
import { announceServer } from '../server-file.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { VERSION } from '../version.ts';
import { applyAtStart, applyConfiguration } from './configuration-file.ts';
import { LINGER_MS, openGround } from './ground.ts';
import type { Premises } from './ground.ts';
import type { RunningServer } from './running-server.ts';
import { admitAdmin, endTenure, startUpkeep, wireTenure } from './tenure.ts';

/** One server with a data directory of its own, whose only tenure lasts as long as it runs. Errors: as `startServer`. */
export async function serveAlone(premises: Premises): Promise<RunningServer> {
  const { settings, machine, files, logger } = premises;
  const { dataDirectory } = settings;
  await using stack = new AsyncDisposableStack();
  const ground = await openGround(premises, {
    store: stack.use(await openSqliteStore({ directory: dataDirectory })),
    clock: createSteadyClock(machine.clock, machine.elapsed),
    openVault: () => createKeyFileVault(dataDirectory),
  });
  await ground.signingKeys.takeUp(ground.clock.now());
  const tenure = wireTenure(ground, { https: files.certificate, lingerMs: LINGER_MS });
  stack.defer(() => endTenure(tenure));
  const { work, serving } = tenure;
  const { keeper, configurator, following, runner } = work;

  await serving.openSidePorts();
  following.subscribe();
  await keeper.start(runner);
  if (files.configuration.latest !== null)
    await applyAtStart(configurator, files.configuration.latest, logger);
  await following.start();
  const tokenFile = await admitAdmin(ground, tenure);
  const isEmpty = await keeper.read(({ providers, pools }) => providers.size === 0 && pools.size === 0);
  startUpkeep(ground, tenure);
  await serving.boot();
  const dialectUrls = await serving.listenDialects();
  const address = await serving.app.listen(settings.listen);
  const url = settings.tls === null ? address : address.replace(/^http:/, 'https:');
  stack.use(await announceServer(dataDirectory, url));
  logger.info({ url, version: VERSION }, 'listening');

  const running = stack.move();
  return {
    url,
    dialectUrls,
    tokenFile,
    isEmpty,
    replica: null,
    reload: async () => {
      const next = await files.configuration.read();
      if (next !== null) await applyConfiguration(configurator, next);
      await serving.reload();
      return 'applied';
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
