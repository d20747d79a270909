import { randomBytes } from 'node:crypto';
import { access, mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ADMIN_TOKEN_FILE } from '../admin-token.ts';
import { createClusterPart } from '../cluster/cluster-part.ts';
import { ClusterListener } from '../cluster/cluster-listener.ts';
import { DatabaseClock } from '../cluster/database-clock.ts';
import { Forwarder } from '../cluster/forwarder.ts';
import { Replica } from '../cluster/replica.ts';
import type { ClusterSettings } from '../config/cluster-settings.ts';
import type { Settings } from '../config/environment.ts';
import { createSharedKeyVault } from '../seal/shared-key-vault.ts';
import { announceServer } from '../server-file.ts';
import { createSteadyClock } from '../steady-clock.ts';
import { lockDirectory } from '../store/sqlite/directory-lock.ts';
import { VERSION } from '../version.ts';
import { openFronts } from './fronts.ts';
import { openGround } from './ground.ts';
import type { Premises } from './ground.ts';
import { openDatabase } from './open-database.ts';
import { ReplicaTenure } from './replica-tenure.ts';
import type { Among } from './replica-tenure.ts';
import { describeReplica, timeTakeOvers, untilServed } from './replica-start.ts';
import type { RunningServer } from './running-server.ts';
import { createSharedInstances } from './shared-instances.ts';

const DIRECTORY_MODE = 0o700;
const ID_BYTES = 8;

/** One of several replicas of the world of a database. Errors: as `startServer`. */
export async function serveReplicated(premises: Premises, cluster: ClusterSettings): Promise<RunningServer> {
  const { settings, machine, files, logger } = premises;
  const { dataDirectory } = settings;
  const { timers, elapsed } = machine;
  await using stack = new AsyncDisposableStack();
  await mkdir(dataDirectory, { recursive: true, mode: DIRECTORY_MODE });
  stack.use(lockDirectory(dataDirectory));
  const store = stack.use(await openDatabase(cluster, premises));
  const clock = new DatabaseClock({ elapsed, machine: machine.clock });
  const ground = await openGround(premises, {
    store,
    clock: createSteadyClock(clock, elapsed),
    openVault: (box) => createSharedKeyVault(store, box),
    sharedInstance: createSharedInstances(store, machine.random),
  });
  let tenure: ReplicaTenure | undefined;
  const card = {
    id: randomBytes(ID_BYTES).toString('hex'),
    name: cluster.replicaName ?? hostname(),
    address: cluster.address ?? '',
    version: VERSION,
  };
  const { clusterProbe } = ground.metrics;
  const replica: Replica = stack.use(
    new Replica({
      store,
      card,
      clock,
      timers,
      elapsed,
      random: machine.random,
      logger,
      openTenure: async () => (tenure = await ReplicaTenure.open(ground, among)),
      onRenewal: ({ isDone }) => clusterProbe.renewed(isDone ? 'done' : 'failed'),
    }),
  );
  const { secret } = cluster;
  const among: Among = {
    cluster: createClusterPart({
      view: replica,
      store,
      known: () => replica.status(),
      canForward: secret !== null,
      timers,
    }),
    findTokenMeanwhile: (hash) => replica.findToken(hash),
  };
  timeTakeOvers(replica, { elapsed, tookOver: clusterProbe.tookOver });
  const local = (listener: string) => tenure?.listener(listener);
  const forwarder = stack.use(
    new Forwarder({ view: replica, secret, timers, elapsed, logger, probe: clusterProbe }),
  );
  if (secret === null) {
    logger.warn('REQUESTS ARE NOT HANDED OVER: give every replica the same POOLKEEPER_CLUSTER_SECRET.');
  } else {
    const listener = stack.use(
      new ClusterListener({ view: replica, secret, local, timers, elapsed, logger }),
    );
    const port = await listener.listen(cluster.listen);
    if (cluster.address === null) card.address = addressOf({ ...cluster.listen, port });
  }
  await replica.start();
  const fronts = stack.use(await openFronts(ground, { view: replica, local, forwarder }));
  const { url, dialectUrls } = fronts;
  stack.use(await announceServer(dataDirectory, url));
  await untilServed(replica, timers);
  logger.info({ url, version: VERSION, replica: card.name, role: replica.role() }, 'listening');

  const running = stack.move();
  return {
    url,
    dialectUrls,
    tokenFile: await findTokenFile(settings),
    isEmpty: files.configuration.latest === null && ((await tenure?.isEmpty()) ?? false),
    replica: describeReplica(replica),
    reload: async () => {
      await files.configuration.read();
      if (replica.role() !== 'keeping' || tenure === undefined) return 'forLater';
      await tenure.applyConfiguration();
      return 'applied';
    },
    [Symbol.asyncDispose]: async () => {
      await replica.retire();
      await running.disposeAsync();
    },
  };
}

/** As a URL has it: an IPv6 address in brackets. */
function addressOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The first keeper made a token and wrote it to its data directory; the others have none. */
async function findTokenFile({ adminToken, dataDirectory }: Settings): Promise<string | null> {
  const file = join(dataDirectory, ADMIN_TOKEN_FILE);
  if (adminToken !== null) return null;
  return access(file).then(
    () => file,
    () => null,
  );
}
