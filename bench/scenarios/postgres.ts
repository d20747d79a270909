import { join } from 'node:path';
import { untilRole } from '../cluster.ts';
import { readCommits } from '../commits.ts';
import type { Commits } from '../commits.ts';
import { Databases } from '../databases.ts';
import type { HttpLoadInput, HttpLoadOutput } from '../load/http-load.ts';
import { runLoad } from '../load/run-load.ts';
import type { TableLoadInput, TableLoadOutput } from '../load/table-load.ts';
import { LeaseTable } from '../peer/lease-table.ts';
import type { PeerMode } from '../peer/lease-table.ts';
import { PeerServer } from '../peer/peer-server.ts';
import { figureOf, notMeasured } from '../scenario.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from '../scenario.ts';
import { seedDatabase, seedStore } from '../seed-store.ts';
import { drawClusterSecrets, startServer } from '../server-under-test.ts';
import type { ServerUnderTest } from '../server-under-test.ts';

const POOL = 'bench';
const RESOURCES = 1_000;
const CONNECTIONS = 64;
const MATCH = { arch: 'amd64' };
/** Requests/s for each request/s of a transaction for each lease. */
const BUDGET = { atLeast: 5 };
/** How many connections to the database the peer may have: the best of these is taken. */
const PEER_CONNECTIONS = [4, 8, 16, 32] as const;
const PEER_CONNECTIONS_QUICK = [8] as const;

type Loaded = HttpLoadOutput & { readonly processorMicros: number; readonly commits: Commits };
type Tuned = { readonly connections: number; readonly requestsPerSecond: Readonly<Record<number, number>> };
type Round = {
  readonly replica: Loaded;
  readonly sqlite: Loaded;
  readonly transaction: HttpLoadOutput;
  readonly statement: HttpLoadOutput;
  readonly withoutHttp: TableLoadOutput;
};

/** A replica on PostgreSQL beside SQLite, and beside a service that lends by a transaction of the same database for each lease. */
export const postgres: Scenario = {
  name: 'postgres',
  about: `${CONNECTIONS} connections, ${RESOURCES} resources: a replica on PostgreSQL, SQLite, and a transaction for each lease`,
  async run(context) {
    const databases = await Databases.open(context.databaseUrl);
    if (typeof databases === 'string') return notMeasured(databases);
    await using _databases = databases;
    const bench = new Bench(context);
    const [world, tables] = [await databases.create(), await databases.create()];
    const pools = [{ name: POOL, resources: RESOURCES }];
    const sqliteData = join(context.directory, 'sqlite');
    await seedStore(sqliteData, pools);
    await seedDatabase(world, pools);
    await LeaseTable.fill(tables, POOL, RESOURCES);
    const tuned = {
      transaction: await bench.tune(tables, 'transaction'),
      statement: await bench.tune(tables, 'statement'),
    };
    const common = { entry: context.serverEntry, pools: [POOL] };
    await using sqlite = await startServer({ ...common, data: sqliteData });
    await using replica = await startServer({
      ...common,
      data: join(context.directory, 'replica'),
      replica: { ...drawClusterSecrets(), database: world, name: 'bench' },
    });
    // One alone follows for a moment too, until it has the world.
    await untilRole(replica, ['keeping']);
    const loadSqlite = await bench.prepare(sqlite);
    const loadReplica = await bench.prepare(replica);
    const rounds: Round[] = [];
    for (let round = 1; round <= context.rounds; round += 1) {
      rounds.push({
        sqlite: await loadSqlite(),
        replica: await loadReplica(),
        transaction: await bench.loadPeer(tables, 'transaction', tuned.transaction.connections),
        statement: await bench.loadPeer(tables, 'statement', tuned.statement.connections),
        withoutHttp: await bench.loadTables(tables, tuned.transaction.connections),
      });
      context.say(`round ${round} of ${context.rounds}`);
    }
    return resultOf(rounds, tuned);
  },
};

class Bench {
  readonly #context: ScenarioContext;
  readonly #times: { readonly warmUpMs: number; readonly measureMs: number };

  constructor(context: ScenarioContext) {
    this.#context = context;
    this.#times = context.isQuick ? { warmUpMs: 200, measureMs: 300 } : { warmUpMs: 2_000, measureMs: 5_000 };
  }

  /** Which number of connections to the database serves the peer best. */
  async tune(url: string, mode: PeerMode): Promise<Tuned> {
    const requestsPerSecond: Record<number, number> = {};
    const choices = this.#context.isQuick ? PEER_CONNECTIONS_QUICK : PEER_CONNECTIONS;
    for (const connections of choices) {
      requestsPerSecond[connections] = (await this.loadPeer(url, mode, connections)).requestsPerSecond;
    }
    const [best] = choices.toSorted((a, b) => (requestsPerSecond[b] ?? 0) - (requestsPerSecond[a] ?? 0));
    this.#context.say(`a ${mode} for each lease is fastest with ${best} connections`);
    return { connections: best ?? choices[0], requestsPerSecond };
  }

  async loadPeer(url: string, mode: PeerMode, connections: number): Promise<HttpLoadOutput> {
    await using peer = await PeerServer.start({ url, mode, connections });
    return await this.#load(peer.target);
  }

  /** What the tables can do where nobody has to be answered. */
  loadTables(url: string, connections: number): Promise<TableLoadOutput> {
    const common = { url, mode: 'transaction', connections, pool: POOL, arch: MATCH.arch } as const;
    return runLoad<TableLoadInput, TableLoadOutput>('table-load.ts', {
      ...common,
      ...this.#times,
      callers: CONNECTIONS,
    });
  }

  async prepare(server: ServerUnderTest): Promise<() => Promise<Loaded>> {
    const target = await server.api.createHolderToken('bench-load');
    return async () => {
      const [processorBefore, before] = [server.processorMs().all, await readCommits(server.api)];
      const output = await this.#load(target);
      const processorMs = server.processorMs().all - processorBefore;
      const commits = (await readCommits(server.api)).since(before);
      return { ...output, commits, processorMicros: (processorMs * 1_000) / output.requestsInAll };
    };
  }

  #load(target: HttpLoadInput['target']): Promise<HttpLoadOutput> {
    const common = { target, turn: 'cycle', pool: POOL, match: MATCH, connections: CONNECTIONS } as const;
    return runLoad<HttpLoadInput, HttpLoadOutput>('http-load.ts', { ...common, ...this.#times });
  }
}

function resultOf(
  rounds: readonly Round[],
  tuned: { readonly transaction: Tuned; readonly statement: Tuned },
): ScenarioResult {
  const of = (what: string, unit: string, pick: (round: Round) => number, budget?: typeof BUDGET) =>
    figureOf(what, unit, rounds.map(pick), budget);
  const perSecond = (what: string, pick: (round: Round) => { readonly requestsPerSecond: number }) =>
    of(what, 'requests/s', (round) => pick(round).requestsPerSecond);
  return {
    figures: [
      of(
        'acquire+release / a transaction for each lease, requests/s',
        '×',
        (r) => r.replica.requestsPerSecond / r.transaction.requestsPerSecond,
        BUDGET,
      ),
      of(
        'the same / one statement for each lease',
        '×',
        (r) => r.replica.requestsPerSecond / r.statement.requestsPerSecond,
      ),
      of('the same / SQLite', '×', (r) => r.replica.requestsPerSecond / r.sqlite.requestsPerSecond),
      perSecond('acquire+release', (r) => r.replica),
      perSecond('the same on SQLite', (r) => r.sqlite),
      perSecond('a transaction for each lease', (r) => r.transaction),
      perSecond('one statement for each lease', (r) => r.statement),
      perSecond('a transaction for each lease, without HTTP', (r) => r.withoutHttp),
      of('acquire p50', 'ms', (r) => r.replica.first.p50),
      of('acquire p99', 'ms', (r) => r.replica.first.p99),
      of('acquire p99, a transaction for each lease', 'ms', (r) => r.transaction.first.p99),
      of('processor time a request', 'µs', (r) => r.replica.processorMicros),
      of('the same on SQLite', 'µs', (r) => r.sqlite.processorMicros),
      of('requests in a commit', '', ({ replica }) => replica.commits.commands / replica.commits.commits),
      of('a commit', 'ms (mean)', ({ replica }) => replica.commits.milliseconds / replica.commits.commits),
    ],
    notes: [
      `Clients, servers and PostgreSQL share the machine. The peer has ${tuned.transaction.connections} and ${tuned.statement.connections} connections to the database, the best of those that were tried.`,
    ],
    details: { rounds, tuned },
  };
}
