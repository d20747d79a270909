import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort, ServerProcess } from '../kill/server-process.ts';
import type { Exit } from '../kill/server-process.ts';
import type { Opinion } from './checks/check-agreement.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** `poolkeeper serve` on a machine whose clock is wrong by so many milliseconds. */
const SKEWED = join(import.meta.dirname, '..', '..', 'server', 'testing', 'skewed-replica.ts');
const READY_WITHIN_MS = 90_000;
const POLL_MS = 20;
/** How long a replica may take to say how it is; one that was halted says nothing. */
const LOOK_WITHIN_MS = 2_000;
const STEP_DOWN_WITHIN_MS = 20_000;

/** What every replica of a run is told. */
export type ReplicaPlan = {
  readonly folder: string;
  readonly configuration: string;
  /** Ports of the database's hosts. */
  readonly databasePorts: readonly number[];
  readonly databaseName: string;
  readonly token: string;
  readonly environment: Readonly<Record<string, string>>;
};

/** As much of `GET /v1/cluster` as a run looks at. */
type ClusterAnswer = {
  readonly self: { readonly name: string; readonly role: string };
  readonly keeper: { readonly name: string } | null;
  readonly term: number;
};

/** One replica: a real process, which reaches the database and is reached by the others through cables of its own. */
export class Replica implements AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** To each host of the database. */
  readonly databases: readonly TcpProxy[];
  /** Where the other replicas reach it. */
  readonly cluster: TcpProxy;
  readonly output: string;
  readonly #plan: ReplicaPlan;
  readonly #port: number;
  readonly #clusterPort: number;
  /** How far its machine's clock is ahead, in milliseconds. */
  readonly #skewMs: number;
  #process: ServerProcess | undefined;

  private constructor(input: {
    name: string;
    skewMs: number;
    plan: ReplicaPlan;
    port: number;
    clusterPort: number;
    databases: readonly TcpProxy[];
    cluster: TcpProxy;
  }) {
    this.name = input.name;
    this.url = `http://127.0.0.1:${input.port}`;
    this.databases = input.databases;
    this.cluster = input.cluster;
    this.output = join(input.plan.folder, `${input.name}.log`);
    this.#skewMs = input.skewMs;
    this.#plan = input.plan;
    this.#port = input.port;
    this.#clusterPort = input.clusterPort;
  }

  static async create(
    { name, skewMs }: { name: string; skewMs: number },
    plan: ReplicaPlan,
  ): Promise<Replica> {
    const host = '127.0.0.1';
    const [port, clusterPort] = [await findFreePort(), await findFreePort()];
    const databases = await Promise.all(plan.databasePorts.map((at) => TcpProxy.open({ host, port: at })));
    const cluster = await TcpProxy.open({ host, port: clusterPort }, await findFreePort());
    return new Replica({ name, skewMs, plan, port, clusterPort, databases, cluster });
  }

  /** Starts its process; it may not be ready yet. */
  start(): void {
    const { folder, configuration, databaseName, token, environment } = this.#plan;
    const hosts = this.databases.map(({ port }) => `127.0.0.1:${port}`).join(',');
    this.#process = new ServerProcess({
      configuration,
      data: join(folder, this.name),
      output: this.output,
      port: this.#port,
      token,
      entry: [SKEWED, String(this.#skewMs)],
      environment: {
        ...environment,
        POOLKEEPER_DATABASE: `postgres://postgres@${hosts}/${databaseName}`,
        POOLKEEPER_CLUSTER_LISTEN: `127.0.0.1:${this.#clusterPort}`,
        POOLKEEPER_CLUSTER_ADDRESS: `127.0.0.1:${this.cluster.port}`,
        POOLKEEPER_REPLICA_NAME: this.name,
      },
    });
  }

  /** Ends it at once, in the middle of whatever it does. */
  async kill(): Promise<void> {
    await this.process.kill();
  }

  /** Asks it to end, as a deployment does. */
  stop(): Promise<Exit> {
    return this.process.stop();
  }

  get process(): ServerProcess {
    if (this.#process === undefined) throw new Error(`Replica ${this.name} was not started.`);
    return this.#process;
  }

  /** Resolves when it serves. Errors: where it ended by itself, or does not serve in time; the message shows the end of its output. */
  async untilReady(): Promise<void> {
    const until = Date.now() + READY_WITHIN_MS;
    while (!(await this.#opinion()).isReady) {
      if (this.process.hasEnded) throw this.process.failure(`${this.name} ended by itself`);
      if (Date.now() > until)
        throw this.process.failure(`${this.name} was not ready within ${READY_WITHIN_MS} ms`);
      await sleep(POLL_MS);
    }
  }

  /** Asks it to hand the world over. Errors: when it does not agree to that. */
  async stepDown(): Promise<void> {
    const response = await this.#ask('/v1/cluster/step-down', 'POST', STEP_DOWN_WITHIN_MS);
    if (response?.ok !== true)
      throw new Error(`${this.name} does not step down: ${response?.status} ${await response?.text()}`);
    await response.arrayBuffer();
  }

  /** Whom it takes for the keeper. */
  opinion(): Promise<Opinion> {
    return this.#opinion();
  }

  /** What it says of itself and the others; undefined where it says nothing. */
  async look(): Promise<ClusterAnswer | undefined> {
    const response = await this.#ask('/v1/cluster');
    return response?.ok === true ? ((await response.json()) as ClusterAnswer) : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
    for (const proxy of [...this.databases, this.cluster]) await proxy[Symbol.asyncDispose]();
  }

  async #opinion(): Promise<Opinion> {
    const readiness = await this.#ask('/readyz');
    await readiness?.arrayBuffer();
    const cluster = await this.look();
    return {
      replica: this.name,
      isReady: readiness?.ok === true,
      keeper: cluster?.keeper?.name ?? null,
      term: cluster?.term ?? 0,
    };
  }

  async #ask(path: string, method = 'GET', withinMs = LOOK_WITHIN_MS): Promise<Response | undefined> {
    try {
      return await fetch(this.url + path, {
        method,
        headers: { authorization: `Bearer ${this.#plan.token}` },
        signal: AbortSignal.timeout(withinMs),
      });
    } catch {
      return undefined;
    }
  }
}
