import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../chance.ts';
import type { Findings } from '../kill/checks/finding.ts';
import type { Journal } from '../kill/journal.ts';
import type { ReplicaRule } from './checks/rules.ts';
import type { FaultWindow, Outage } from './checks/windows.ts';
import { FAULTS } from './faults.ts';
import type { Fault } from './faults.ts';
import { longestSilence, untilGranted } from './grants.ts';
import type { Replica } from './replica.ts';
import type { RunDatabase } from './run-database.ts';
import type { Site } from './site.ts';
import type { Direction } from './tcp-proxy.ts';

/** How long things stay slow, cut or down where nothing else says so, in milliseconds. */
const LASTS_MS = [200, 1_200] as const;
/** Each way, in milliseconds: a commit takes twice that. */
const SLOW_MS = [20, 150] as const;
/** Longer than the lease of a keeper. */
const FROZEN_DATABASE_MS = 3_000;
/** How long the grants after a planned hand-over are looked at, in milliseconds. */
const AFTER_HAND_OVER_MS = 600;

export type FaultMakerInput = {
  readonly site: Site;
  readonly database: RunDatabase;
  readonly journal: Journal;
  readonly chance: Chance;
  readonly findings: Findings<ReplicaRule>;
};

/** Breaks things, waits until the work goes on, mends them, and notes when that was and how long nobody was granted anything. */
export class FaultMaker {
  readonly windows: FaultWindow[] = [];
  readonly outages: Outage[] = [];
  readonly #input: FaultMakerInput;

  constructor(input: FaultMakerInput) {
    this.#input = input;
  }

  /** Does one fault from its beginning to its end: afterwards every replica is ready. Errors: where the work does not go on in time. */
  async make(fault: Fault): Promise<void> {
    const keeper = await this.#input.site.keeper();
    const follower = this.#input.chance.pick(this.#input.site.replicas.filter((each) => each !== keeper));
    switch (fault) {
      case 'keeperKilled':
        return this.#during(fault, [keeper], async (window) => {
          await keeper.kill();
          await this.#measure(window);
          keeper.start();
        });
      case 'keeperFrozen':
        return this.#during(fault, [keeper], async (window) => {
          keeper.process.freeze();
          await this.#measure(window);
          keeper.process.thaw();
        });
      case 'keeperCut':
        return this.#during(fault, [keeper], async (window) => {
          for (const cable of keeper.databases) cable.cut();
          await this.#measure(window);
        });
      case 'keeperUnheard':
        return this.#hold(fault, keeper, ['up']);
      case 'keeperDeaf':
        return this.#hold(fault, keeper, ['down']);
      case 'keeperSlow':
        return this.#during(fault, [], async () => {
          const delayMs = this.#input.chance.int(...SLOW_MS);
          for (const cable of keeper.databases) cable.delay(delayMs, 'up', 'down');
          await this.#last();
        });
      case 'followerKilled':
        return this.#during(fault, [follower], async () => {
          await follower.kill();
          await this.#last();
          follower.start();
        });
      case 'followerCut':
        return this.#during(fault, [follower], async () => {
          for (const cable of follower.databases) cable.cut();
          await this.#last();
        });
      case 'clusterCut':
        return this.#during(fault, [], async () => {
          keeper.cluster.cut();
          await this.#last();
        });
      case 'databaseRestarted':
        return this.#stopDatabase(fault, () => this.#input.database.stop());
      case 'databaseKilled':
        return this.#stopDatabase(fault, () => this.#input.database.kill());
      case 'databaseFrozen':
        return this.#during(fault, [], async (window) => {
          this.#input.database.freeze();
          await sleep(FROZEN_DATABASE_MS);
          this.#input.database.thaw();
          await this.#measure(window, Date.now());
        });
      case 'stepDown':
        return this.#during(fault, [], async (window) => {
          await keeper.stepDown();
          await this.#measureSilence(window, window.at);
        });
      case 'rollingRestart':
        return this.#rollingRestart(fault);
    }
  }

  #hold(fault: Fault, keeper: Replica, directions: readonly Direction[]): Promise<void> {
    return this.#during(fault, [keeper], async (window) => {
      for (const cable of keeper.databases) cable.blackHole(...directions);
      await this.#measure(window);
    });
  }

  #stopDatabase(fault: Fault, stop: () => Promise<void>): Promise<void> {
    return this.#during(fault, [], async (window) => {
      await stop();
      await this.#last();
      await this.#input.database.comeBack();
      await this.#measure(window, Date.now());
    });
  }

  /** The one fault in which nothing may fail but what goes to a replica that is down. */
  async #rollingRestart(fault: Fault): Promise<void> {
    for (const replica of this.#input.site.replicas) {
      const isKeeper = (await this.#input.site.keeper()) === replica;
      await this.#during(fault, [replica], async (window) => {
        const { code, signal } = await replica.stop();
        if (code !== 0) {
          const detail = `${replica.name} answers SIGTERM with code ${code}, signal ${signal}`;
          this.#input.findings.add('stops-cleanly', detail);
        }
        if (isKeeper) await this.#measureSilence(window, window.at);
        replica.start();
      });
    }
  }

  /** Notes when a fault begins and when everything is well again: every cable healed, every replica ready, somebody granted. */
  async #during(
    fault: Fault,
    struck: readonly Replica[],
    act: (window: FaultWindow) => Promise<void>,
  ): Promise<void> {
    const { site, journal } = this.#input;
    const { excused, measures } = FAULTS[fault];
    const window: FaultWindow = {
      round: journal.round,
      fault,
      at: Date.now(),
      from: journal.next(),
      until: Infinity,
      excused,
      struck: struck.map(({ url }) => url),
      isPlanned: measures === 'handed-over',
    };
    this.windows.push(window);
    await act(window);
    for (const replica of site.replicas) {
      for (const cable of [...replica.databases, replica.cluster]) cable.heal();
    }
    await site.untilReady();
    await untilGranted(journal, Date.now());
    window.until = journal.next();
  }

  async #measure(window: FaultWindow, from = window.at): Promise<void> {
    const grant = await untilGranted(this.#input.journal, from);
    this.#note(window, grant.receivedAt - from);
  }

  async #measureSilence(window: FaultWindow, from: number): Promise<void> {
    await untilGranted(this.#input.journal, Date.now());
    await sleep(AFTER_HAND_OVER_MS);
    await untilGranted(this.#input.journal, Date.now());
    this.#note(window, longestSilence(this.#input.journal, from, Date.now()));
  }

  #note({ fault, round }: FaultWindow, ms: number): void {
    this.outages.push({ fault, kind: FAULTS[fault as Fault].measures, round, ms });
  }

  #last(): Promise<void> {
    return sleep(this.#input.chance.int(...LASTS_MS));
  }
}
