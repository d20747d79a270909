import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Chance } from '../chance.ts';
import { findFreePort } from '../kill/server-process.ts';
import { Cloud } from './cloud.ts';
import { calm, moveClient, moveCloud } from './moves.ts';
import { PoolClient } from './pool-client.ts';
import { Program } from './program.ts';
import { untilQuiet } from './quiet.ts';

export type SoakPlan = {
  readonly seed: number;
  readonly pools: number;
  readonly clients: number;
  /** How long clients and the cloud do things before it is quiet, in milliseconds, and how often over. */
  readonly busyMs: number;
  readonly rounds: number;
  /** How often the server is killed in a round. */
  readonly kills: number;
  readonly log: (line: string) => void;
};

export type SoakReport = {
  readonly plan: SoakPlan;
  readonly calls: number;
  readonly kills: number;
  /** Machines that were there at some time. */
  readonly machines: number;
  readonly findings: readonly string[];
};

/** From the last move on: the longest back-off, the longest throttled call, and rounds enough. Milliseconds. */
const QUIET_WITHIN_MS = 60_000;
const PAUSE_MS_MAX = 30;
const CLOUD_PAUSE_MS_MAX = 200;
/** Findings that are kept: the first ones say most. */
const FINDINGS_MAX = 50;
/** What marks the machines of a pool in the simulated cloud. */
const POOL_TAG = 'poolkeeper-cloud-pool';

const ms = (time: number): object => ({ time, unit: 'milliseconds' });

/** Times so short that a run of seconds has many looks, updates and retries in it. */
function configurationOf(pool: string): object {
  return {
    name: pool,
    cloudApiSettings: {},
    provisioningTemplate: { size: 'small', region: 'soak-1' },
    scaleInConfig: { victimSelectionPolicy: pool.length % 2 === 0 ? 'NEWEST' : 'OLDEST' },
    poolFetch: {
      retries: { maxRetries: 2, initialBackoffDelay: ms(50) },
      refreshInterval: ms(150),
      reachabilityTimeout: ms(5_000),
    },
    poolUpdate: { updateInterval: ms(300) },
  };
}

/**
 * Several clients do what comes to their minds to a few cloud pools, over the wire, while the cloud does what clouds do and the server
 * is killed now and then. Then all are quiet, and everything has to be as it should.
 */
export class SoakRun implements AsyncDisposable {
  readonly #plan: SoakPlan;
  readonly #chance: Chance;
  readonly #folder = mkdtempSync(join(tmpdir(), 'poolkeeper-soak-'));
  readonly #stack = new AsyncDisposableStack();
  readonly #findings: string[] = [];
  readonly #seen = new Set<string>();
  #server: Program | undefined;
  #calls = 0;
  #kills = 0;

  constructor(plan: SoakPlan) {
    this.#plan = plan;
    this.#chance = new Chance(plan.seed, 'soak');
    this.#stack.defer(() => rmSync(this.#folder, { recursive: true, force: true }));
  }

  async work(): Promise<SoakReport> {
    const [cloudPort, port] = [await findFreePort(), await findFreePort()];
    const cloudUrl = `http://127.0.0.1:${cloudPort}`;
    this.#stack.use(
      await Program.start(
        ['cloud-simulator', '--port', String(cloudPort), '--boot-time', '100ms', '--end-time', '100ms'],
        {
          probe: `${cloudUrl}/status`,
          output: join(this.#folder, 'cloud.log'),
        },
      ),
    );
    const server = { url: `http://127.0.0.1:${port}`, port, cloudUrl };
    await this.#startServer(server);
    const cloud = new Cloud(cloudUrl);
    const pools = Array.from(
      { length: this.#plan.pools },
      (_, index) => new PoolClient(`pool-${index}`, server.url),
    );
    for (const pool of pools) await this.#open(pool);
    for (let round = 1; round <= this.#plan.rounds; round += 1) {
      await this.#beBusy({ cloud, pools, server });
      await this.#beQuiet({ cloud, pools });
      this.#plan.log(
        `round ${round}: ${this.#calls} calls, ${this.#kills} kills, ${this.#findings.length} findings`,
      );
      if (this.#findings.length > 0) break;
    }
    const { calls, kills, machines, findings } = {
      calls: this.#calls,
      kills: this.#kills,
      machines: this.#seen.size,
      findings: this.#findings,
    };
    return { plan: this.#plan, calls, kills, machines, findings };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.kill();
    await this.#stack.disposeAsync();
  }

  async #startServer({
    url,
    port,
    cloudUrl,
  }: {
    url: string;
    port: number;
    cloudUrl: string;
  }): Promise<void> {
    this.#server = await Program.start(
      [
        'compat',
        'cloudpool',
        '--multipool',
        '--http-port',
        String(port),
        '--driver',
        'simulated',
        '--cloud',
        cloudUrl,
        '--storage-dir',
        join(this.#folder, 'data'),
      ],
      { probe: `${url}/cloudpools`, output: join(this.#folder, 'server.log') },
    );
  }

  async #open(pool: PoolClient): Promise<void> {
    for (const [path, body] of [
      ['', undefined],
      ['/config', configurationOf(pool.name)],
      ['/start', undefined],
    ] as const) {
      const { status } = await pool.call('POST', path, body);
      if (status !== 200 && status !== 201)
        throw new Error(`POST ${path} of ${pool.name} was answered with ${status}`);
    }
  }

  async #beBusy(input: {
    cloud: Cloud;
    pools: readonly PoolClient[];
    server: { url: string; port: number; cloudUrl: string };
  }): Promise<void> {
    const until = Date.now() + this.#plan.busyMs;
    const parts = { cloud: input.cloud, configuration: configurationOf };
    const client = async (chance: Chance): Promise<void> => {
      while (Date.now() < until) {
        this.#calls += 1;
        this.#note(await moveClient(chance.pick(input.pools), { ...parts, chance }).catch(String));
        await sleep(chance.int(0, PAUSE_MS_MAX));
      }
    };
    const weather = async (chance: Chance): Promise<void> => {
      while (Date.now() < until) {
        await moveCloud({ ...parts, chance });
        await sleep(chance.int(0, CLOUD_PAUSE_MS_MAX));
      }
    };
    const killer = async (chance: Chance): Promise<void> => {
      for (let kill = 0; kill < this.#plan.kills; kill += 1) {
        await sleep(chance.next() * (this.#plan.busyMs / this.#plan.kills));
        await this.#server?.kill();
        this.#kills += 1;
        await this.#startServer(input.server);
      }
    };
    const clients = Array.from({ length: this.#plan.clients }, () => client(this.#chance.fork('client')));
    await Promise.all([
      ...clients,
      weather(this.#chance.fork('weather')),
      killer(this.#chance.fork('killer')),
    ]);
  }

  async #beQuiet({ cloud, pools }: { cloud: Cloud; pools: readonly PoolClient[] }): Promise<void> {
    await calm(cloud);
    for (const pool of pools) await pool.call('POST', '/start');
    for (const { id } of await cloud.alive()) this.#seen.add(id);
    const poolOf = (tags: Readonly<Record<string, string>>): string | undefined => tags[POOL_TAG];
    for (const wrong of await untilQuiet({ cloud, pools, poolOf, withinMs: QUIET_WITHIN_MS }))
      this.#note(wrong);
    for (const { id } of await cloud.alive()) this.#seen.add(id);
  }

  #note(finding: string | null): void {
    if (finding !== null && this.#findings.length < FINDINGS_MAX) this.#findings.push(finding);
  }
}

/** What was found, for people, with the command that does the run again; empty where nothing was. */
export function describeSoak({ plan, findings }: SoakReport): string {
  if (findings.length === 0) return '';
  const again = `npm run soak -- --seed ${plan.seed} --rounds ${plan.rounds}`;
  return [
    ...findings,
    `Seed ${plan.seed}. Again: ${again} (processes take turns as they please, so it may differ)`,
  ].join('\n');
}
