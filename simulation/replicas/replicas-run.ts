import { setTimeout as sleep } from 'node:timers/promises';
import { Chance } from '../chance.ts';
import { Findings } from '../kill/checks/finding.ts';
import type { Finding } from '../kill/checks/finding.ts';
import { Journal } from '../kill/journal.ts';
import type { OutageLimits } from './checks/check-outages.ts';
import { checkReplicas } from './checks/check-replicas.ts';
import type { ReplicaEvidence } from './checks/check-replicas.ts';
import { REPLICA_RULES } from './checks/rules.ts';
import type { Outage } from './checks/windows.ts';
import { FaultMaker } from './fault-maker.ts';
import type { Fault } from './faults.ts';
import { gatherEvidence } from './gather-evidence.ts';
import { untilGranted } from './grants.ts';
import { apiOf, underLoad } from './load.ts';
import type { RunDatabase } from './run-database.ts';
import { Site } from './site.ts';
import { installTurnLog } from './turn-log.ts';

export type ReplicasPlan = {
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** How long all is well between two faults, in milliseconds. */
  readonly calmMs: number;
  readonly limits: OutageLimits;
  readonly openDatabase: () => Promise<RunDatabase>;
  readonly log: (line: string) => void;
};

/** What a run did, and what it found. */
export type ReplicasReport = {
  readonly plan: ReplicasPlan;
  readonly findings: readonly Finding[];
  readonly durationMs: number;
  readonly outages: readonly Outage[];
  readonly requests: number;
  /** Requests without a proper answer, all of them excused by a fault where there is no finding. */
  readonly failed: number;
  readonly leases: number;
  readonly events: number;
  readonly streams: number;
  readonly records: number;
  readonly terms: number;
  readonly batches: number;
  /** Kept where something was found. */
  readonly folder: string;
};

/**
 * One run: three real replicas on a real PostgreSQL under load, fault after fault, and at last held to their word.
 *
 * Disposing ends everything that the run started, whatever happened.
 */
export class ReplicasRun implements AsyncDisposable {
  readonly #plan: ReplicasPlan;
  readonly #chance: Chance;
  readonly #findings = new Findings(REPLICA_RULES);
  readonly #journal = new Journal();
  readonly #stop = new AbortController();
  readonly #stack = new AsyncDisposableStack();

  constructor(plan: ReplicasPlan) {
    this.#plan = plan;
    this.#chance = new Chance(plan.seed, 'replicas');
  }

  /** Does all faults and every check. Errors: where the replicas do not come up, or the work does not go on after a fault. */
  async work(): Promise<ReplicasReport> {
    const startedAt = Date.now();
    const database = this.#stack.use(await this.#plan.openDatabase());
    const site = this.#stack.use(await Site.create(database));
    try {
      await site.start();
      await installTurnLog(database);
      const [journal, chance] = [this.#journal, this.#chance];
      const parts = { site, database, journal, findings: this.#findings };
      const maker = new FaultMaker({ ...parts, chance: chance.fork('faults') });
      const { watched, streams } = await underLoad({ site, journal, chance, stop: this.#stop }, () =>
        this.#makeAll(maker),
      );
      const api = apiOf(site, chance.fork('rest'));
      const { windows, outages } = maker;
      const gathered = await gatherEvidence({ api, site, database });
      const evidence = { ...gathered, watched, journal, windows, outages };
      checkReplicas(evidence, this.#plan.limits, this.#findings);
      for (const line of site.crashes())
        this.#findings.add('stops-cleanly', 'a replica tells of a crash', line);
      site.isFolderKept = this.#findings.all.length > 0;
      return this.#report(evidence, { streams, durationMs: Date.now() - startedAt, folder: site.folder });
    } catch (cause) {
      site.isFolderKept = true;
      const where = `Seed ${this.#plan.seed}, round ${this.#journal.round}, in ${site.folder}`;
      throw new Error(`${where}: ${(cause as Error).message}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#stack.disposeAsync();
  }

  async #makeAll(maker: FaultMaker): Promise<void> {
    const { faults, calmMs, log } = this.#plan;
    await untilGranted(this.#journal, 0);
    for (const [index, fault] of faults.entries()) {
      await sleep(calmMs);
      this.#journal.round = index + 1;
      const before = maker.outages.length;
      const from = Date.now();
      await maker.make(fault);
      const measured = maker.outages.slice(before).map(({ kind, ms }) => `${kind} in ${ms} ms`);
      log(
        `${index + 1}/${faults.length} ${fault}: ${measured.join(', ')} ` +
          `(all well after ${Date.now() - from} ms; ${this.#journal.exchanges.length} answers)`,
      );
    }
    await sleep(calmMs);
  }

  #report(
    { history, ended, turns, turnovers, outages }: ReplicaEvidence,
    more: Pick<ReplicasReport, 'streams' | 'durationMs' | 'folder'>,
  ): ReplicasReport {
    const { exchanges } = this.#journal;
    const isFailure = ({ outcome, status }: (typeof exchanges)[number]): boolean =>
      outcome !== 'answered' || status === 503;
    return {
      ...more,
      plan: this.#plan,
      findings: this.#findings.all,
      outages,
      requests: exchanges.length,
      failed: exchanges.filter(isFailure).length,
      leases: ended.length,
      events: history.length,
      records: turnovers.chains.reduce((sum, chain) => sum + chain.records, 0),
      terms: new Set(turns.map(({ term }) => term)).size,
      batches: turns.length,
    };
  }
}
