import type { RequestListener } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Tenure, TenureStart } from '../cluster/contract.ts';
import { countRequests } from '../cluster/count-requests.ts';
import type { CountedRequests } from '../cluster/count-requests.ts';
import { MAIN_LISTENER } from '../cluster/front.ts';
import { sleep } from '../timers.ts';
import { applyConfiguration } from './configuration-file.ts';
import type { Ground } from './ground.ts';
import type { HowItIsServed } from './serving.ts';
import { admitAdmin, startUpkeep, wireTenure } from './tenure.ts';
import type { WiredTenure } from './tenure.ts';

/** How long requests that were taken may take to be answered while the world is handed over, in milliseconds. */
const ANSWER_MS_MAX = 500;
/** How long outside work may take to end then, in milliseconds; what goes on longer is repeated by the next keeper anyway. */
const OUTSIDE_MS_MAX = 250;

/** The replicas that a tenure is one of. */
export type Among = Pick<HowItIsServed, 'cluster' | 'findTokenMeanwhile'>;

/** One tenure of a replica: wired while it follows, so that taking over costs only `begin`. */
export class ReplicaTenure implements Tenure {
  readonly #ground: Ground;
  readonly #wired: WiredTenure;
  readonly #listeners: ReadonlyMap<string, CountedRequests>;
  #isEnding = false;
  #isOver = false;
  /** What is done beside the first requests. */
  #settling: Promise<void> = Promise.resolve();

  private constructor(ground: Ground, wired: WiredTenure, apps: ReadonlyMap<string, FastifyInstance>) {
    this.#ground = ground;
    this.#wired = wired;
    this.#listeners = new Map([...apps].map(([name, app]) => [name, countRequests(routingOf(app))]));
  }

  /** Wires it, so that its applications are ready to answer. Nothing else is begun. */
  static async open(ground: Ground, among: Among): Promise<ReplicaTenure> {
    const wired = wireTenure(ground, { https: null, ...among });
    const { serving } = wired;
    const dialects = serving.frontedApps().map((fronted) => [fronted.name, fronted.app] as const);
    const apps = new Map<string, FastifyInstance>([[MAIN_LISTENER, serving.app], ...dialects]);
    await Promise.all([...apps.values()].map((one) => one.ready()));
    return new ReplicaTenure(ground, wired, apps);
  }

  /** What answers the requests of a listener; undefined where there is none of this name, or it is over. */
  listener(name: string): RequestListener | undefined {
    return this.#isOver ? undefined : this.#listeners.get(name)?.listener;
  }

  async begin(start: TenureStart): Promise<void> {
    const { signingKeys, clock } = this.#ground;
    const { keeper, following, runner } = this.#wired.work;
    await signingKeys.takeUp(clock.now());
    following.subscribe();
    await keeper.start(runner, start);
    await admitAdmin(this.#ground, this.#wired);
    this.#settling = this.#settle();
  }

  async drain(): Promise<void> {
    this.#isEnding = true;
    const { timers } = this.#ground.machine;
    const { work, serving, upkeep } = this.#wired;
    const outside = Promise.all([upkeep.disposeAsync(), work.endOutside()]);
    outside.catch((error: unknown) => this.#warn(error, 'what a tenure does by itself did not end well'));
    // Those who wait are told what is, or handed on.
    await serving[Symbol.asyncDispose]();
    await Promise.all(
      [...this.#listeners.values()].map((counted) => counted.untilAnswered(timers, ANSWER_MS_MAX)),
    );
    const grace = new AbortController();
    const late = sleep(timers, OUTSIDE_MS_MAX, grace.signal).catch(() => {});
    await Promise.race([outside.catch(() => {}), late]);
    grace.abort();
    await work.keeper[Symbol.asyncDispose]();
  }

  /** Applies the configuration file as it was last read. Errors: `ConfigurationError`. */
  async applyConfiguration(): Promise<void> {
    const { latest } = this.#ground.files.configuration;
    if (latest !== null) await applyConfiguration(this.#wired.work.configurator, latest);
  }

  /** Has the world neither providers nor pools? False where it is not this tenure's. */
  isEmpty(): Promise<boolean> {
    return this.#wired.work.keeper
      .read(({ providers, pools }) => providers.size === 0 && pools.size === 0)
      .catch(() => false);
  }

  /** Nothing of it is left running. What it had not made durable is lost, as in a crash. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    this.#isOver = true;
    const { work, serving, upkeep } = this.#wired;
    await Promise.allSettled([
      work.keeper[Symbol.asyncDispose](),
      upkeep.disposeAsync(),
      serving[Symbol.asyncDispose](),
    ]);
    await work[Symbol.asyncDispose]();
    await this.#settling;
  }

  /** What serving need not wait for: providers may take their time, and their clouds be away. */
  async #settle(): Promise<void> {
    const { work } = this.#wired;
    try {
      await this.applyConfiguration();
    } catch (error) {
      if (this.#isEnding) return;
      this.#ground.logger.error(
        { err: error },
        'THE CONFIGURATION FILE WAS NOT APPLIED. The world stays as the database knows it. Correct the file and send SIGHUP.',
      );
    }
    try {
      await work.following.start();
      if (!this.#isEnding) startUpkeep(this.#ground, this.#wired);
    } catch (error) {
      if (!this.#isEnding) this.#warn(error, 'what a tenure does by itself could not be begun');
    }
  }

  #warn(error: unknown, message: string): void {
    this.#ground.logger.warn({ err: error }, message);
  }
}

function routingOf(app: FastifyInstance): RequestListener {
  return (request, response) => app.routing(request, response);
}
