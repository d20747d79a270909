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
import type { SharedStore } from '../store/shared-contract.ts';
import { VERSION } from '../version.ts';
import { openFronts } from './fronts.ts';
import { openGround } from './ground.ts';
import type { Ground, Premises } from './ground.ts';
import type { Machine } from './machine.ts';
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
  const { timers, elapsed, random } = machine;
  await using stack = new AsyncDisposableStack();
  await mkdir(dataDirectory, { recursive: true, mode: DIRECTORY_MODE });
  stack.use(lockDirectory(dataDirectory));
  const store = stack.use(await openDatabase(cluster, premises));
  const clock = await readClock(store, machine);
  const ground = await openGround(premises, {
    store,
    clock: createSteadyClock(clock, elapsed),
    openVault: (box) => createSharedKeyVault(store, box),
    sharedInstance: createSharedInstances(store, random),
  });
  const replicated = stack.use(createReplica(ground, { store, clock, cluster }));
  const { replica, tenure, local } = replicated;
  const { forwarder } = stack.use(await openCluster(ground, replicated, cluster));
  // What cannot listen should not keep the world either.
  const fronts = stack.use(await openFronts(ground, { view: replica, local, forwarder }));
  await replica.start();
  const { url, dialectUrls } = fronts;
  stack.use(await announceServer(dataDirectory, url));
  await untilServed(replica, timers);
  logger.info({ url, version: VERSION, replica: replica.self.name, role: replica.role() }, 'listening');

  const running = stack.move();
  return {
    url,
    dialectUrls,
    tokenFile: await findTokenFile(settings),
    isEmpty: files.configuration.latest === null && ((await tenure()?.isEmpty()) ?? false),
    replica: describeReplica(replica),
    reload: async () => {
      await files.configuration.read();
      const kept = replica.role() === 'keeping' ? tenure() : undefined;
      await kept?.applyConfiguration();
      return kept === undefined ? 'forLater' : 'applied';
    },
    [Symbol.asyncDispose]: async () => {
      // Requests are handed on while the world is, and for a while after that.
      await replica.retire();
      await running.disposeAsync();
    },
  };
}

type Replicated = AsyncDisposable & {
  readonly replica: Replica;
  /** Of now, or the next. */
  readonly tenure: () => ReplicaTenure | undefined;
  /** What answers the requests of a listener here. */
  readonly local: (listener: string) => ReturnType<ReplicaTenure['listener']>;
  /** Says where others reach it; before it starts. */
  readonly reachAt: (address: string) => void;
};

type ReplicaParts = {
  readonly store: SharedStore;
  readonly clock: DatabaseClock;
  readonly cluster: ClusterSettings;
};

function createReplica(ground: Ground, { store, clock, cluster }: ReplicaParts): Replicated {
  const { machine, logger, metrics } = ground;
  const { clusterProbe } = metrics;
  let tenure: ReplicaTenure | undefined;
  const card = {
    id: randomBytes(ID_BYTES).toString('hex'),
    name: cluster.replicaName ?? hostname(),
    address: cluster.address ?? '',
    version: VERSION,
  };
  const replica: Replica = new Replica({
    ...machine,
    store,
    clock,
    logger,
    card,
    openTenure: async () => (tenure = await ReplicaTenure.open(ground, among)),
    onRenewal: ({ isDone }) => clusterProbe.renewed(isDone ? 'done' : 'failed'),
  });
  const among: Among = {
    cluster: createClusterPart({
      view: replica,
      store,
      known: () => replica.status(),
      canForward: cluster.secret !== null,
      timers: machine.timers,
    }),
    findTokenMeanwhile: (hash) => replica.findToken(hash),
  };
  timeTakeOvers(replica, { elapsed: machine.elapsed, tookOver: (ms) => clusterProbe.tookOver(ms) });
  return {
    replica,
    tenure: () => tenure,
    local: (listener) => tenure?.listener(listener),
    reachAt: (address) => void (card.address = address),
    [Symbol.asyncDispose]: () => replica[Symbol.asyncDispose](),
  };
}

/** Opens the ways between replicas: the one that requests go, and the listener for those that come. */
async function openCluster(
  ground: Ground,
  { replica, local, reachAt }: Replicated,
  cluster: ClusterSettings,
): Promise<OpenedCluster> {
  const { logger, machine, metrics } = ground;
  const { secret } = cluster;
  const parts = { ...machine, view: replica, logger };
  await using stack = new AsyncDisposableStack();
  const forwarder = stack.use(new Forwarder({ ...parts, secret, probe: metrics.clusterProbe }));
  if (secret === null) {
    logger.warn('REQUESTS ARE NOT HANDED OVER: give every replica the same POOLKEEPER_CLUSTER_SECRET.');
  } else {
    const listener = stack.use(new ClusterListener({ ...parts, secret, local }));
    const port = await listener.listen(cluster.listen);
    if (cluster.address === null) reachAt(addressOf({ ...cluster.listen, port }));
  }
  const opened = stack.move();
  return { forwarder, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

type OpenedCluster = AsyncDisposable & { readonly forwarder: Forwarder };

/** The database's clock. It is read before anything hangs on it: a clock that never goes back must not begin at a wrong time. */
async function readClock(
  store: Pick<SharedStore, 'findLeadership'>,
  { clock: machine, elapsed }: Machine,
): Promise<DatabaseClock> {
  const clock = new DatabaseClock({ elapsed, machine });
  const sentAt = elapsed.now();
  const { now } = await store.findLeadership();
  clock.learn({ now, sentAt, answeredAt: elapsed.now() });
  return clock;
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
