import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Chance } from '../chance.ts';
import { Api } from './api.ts';
import { Findings, RULES } from './checks/finding.ts';
import type { Finding } from './checks/finding.ts';
import { checkRun } from './checks/check-run.ts';
import { readStepLines } from './checks/check-turnovers.ts';
import { Client } from './client.ts';
import { TUB_FILES } from './configuration.ts';
import { readHistory } from './history-event.ts';
import { Journal } from './journal.ts';
import type { LeaseAnswer } from './journal.ts';
import { findDamage, findErrors, makePlace } from './place.ts';
import type { Place } from './place.ts';
import { Presence } from './presence.ts';
import { lookAtRest, removePools, verifyRecords } from './rest.ts';
import { ServerRounds } from './server-rounds.ts';
import { endTagged, findTagged, leftFolders } from './tagged-processes.ts';
import { Watcher } from './watcher.ts';
import { drawWish } from './wish.ts';

const CLIENTS = 12;

export type KillPlan = {
  readonly seed: number;
  readonly rounds: number;
  readonly signal: 'SIGKILL' | 'SIGTERM';
  readonly log: (line: string) => void;
};

/** What a run did, and what it found. Times are milliseconds. */
export type KillReport = {
  readonly plan: KillPlan;
  readonly findings: readonly Finding[];
  /** How often the server was told to end under load. */
  readonly ends: number;
  readonly killedStarts: number;
  readonly durationMs: number;
  readonly startsMs: readonly number[];
  readonly stopsMs: readonly number[];
  readonly requests: number;
  /** Requests to leased processes. */
  readonly visits: number;
  /** Answers that the end of the server cut off. */
  readonly cut: number;
  readonly leases: number;
  /** Turnovers that were proven with the published keys. */
  readonly records: number;
  readonly events: number;
  /** Kept where something was found. */
  readonly folder: string;
};

/**
 * One run: a real server under load on one data directory, told to end again and again, and at last held to its word.
 *
 * Disposing ends everything that the run started, and what that started, whatever happened.
 */
export class KillRun implements AsyncDisposable {
  readonly #plan: KillPlan;
  readonly #chance: Chance;
  readonly #findings = new Findings(RULES);
  readonly #journal = new Journal();
  readonly #presence = new Presence();
  readonly #load = new AbortController();
  #place: Place | undefined;
  #rounds: ServerRounds | undefined;
  #isFolderKept = true;

  constructor(plan: KillPlan) {
    this.#plan = plan;
    this.#chance = new Chance(plan.seed, 'kill');
  }

  /** Does all rounds and every check. Errors: when the server does not come up or ends by itself; the message says in which round. */
  async work(): Promise<KillReport> {
    const startedAt = Date.now();
    const place = await makePlace();
    this.#place = place;
    const rounds = new ServerRounds({
      ...this.#plan,
      server: place,
      chance: this.#chance.fork('rounds'),
      journal: this.#journal,
      presence: this.#presence,
      findings: this.#findings,
    });
    this.#rounds = rounds;
    try {
      const api = new Api(`http://127.0.0.1:${place.port}`, place.token);
      await rounds.start();
      const watcher = await this.#underLoad(api, () => rounds.doAll());
      const counts = await this.#check({ api, place, rounds, watcher });
      this.#isFolderKept = this.#findings.all.length > 0;
      return this.#report({ ...counts, durationMs: Date.now() - startedAt, folder: place.folder }, rounds);
    } catch (cause) {
      const where = `Seed ${this.#plan.seed}, round ${this.#journal.round}, in ${place.folder}`;
      throw new Error(`${where}: ${(cause as Error).message}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#load.abort();
    await this.#rounds?.[Symbol.asyncDispose]();
    if (this.#place === undefined) return;
    await endTagged(this.#place.data);
    if (!this.#isFolderKept) rmSync(this.#place.folder, { recursive: true, force: true });
  }

  /** Does the work while clients and a watcher are busy; then lets them finish. */
  async #underLoad(api: Api, work: () => Promise<void>): Promise<Watcher> {
    const all = { journal: this.#journal, presence: this.#presence };
    const watcher = new Watcher({ api, ...all });
    const stop = this.#load.signal;
    const busy = [watcher.run(stop)];
    for (let number = 1; number <= CLIENTS; number += 1) {
      const name = `client-${number}`;
      const own = { api: api.as(await createToken(api, name)), chance: this.#chance.fork(name) };
      busy.push(new Client({ name, stop, drawWish, ...all, ...own }).run());
    }
    try {
      await Promise.race([work(), failureOf(busy)]);
    } finally {
      this.#load.abort();
    }
    await Promise.all(busy);
    return watcher;
  }

  /** Lets the server come to rest, takes its pools away, stops it, and holds everything against the history. */
  async #check(input: {
    api: Api;
    place: Place;
    rounds: ServerRounds;
    watcher: Watcher;
  }): Promise<{ events: number; leases: number; records: number }> {
    const { api, place, rounds, watcher } = input;
    const findings = this.#findings;
    const rest = await lookAtRest(api, place.data);
    const chains = await verifyRecords(api);
    const steps = readStepLines(readFileSync(join(place.folder, TUB_FILES.journal), 'utf8'));
    for (const pool of await removePools(api)) {
      findings.add('settles', `pool ${pool} is removed and does not go`);
    }
    for (const { pid, resource, command } of findTagged(place.data)) {
      findings.add('no-orphan', `process ${pid} of ${resource} outlives its pool`, command);
    }
    for (const id of leftFolders(place.data)) {
      findings.add('no-orphan', `the files of ${id} outlive its pool`);
    }
    const history = await readHistory(api);
    const ended = await api.list<LeaseAnswer>('/v1/leases?status=ended');
    await rounds.stop();
    for (const line of findDamage(place)) findings.add('file-intact', line);
    for (const line of findErrors(place)) {
      findings.add('stops-cleanly', 'the server tells of an error', line);
    }
    const turnovers = { steps, chains };
    checkRun({ history, ended, watched: watcher.events, journal: this.#journal, rest, turnovers }, findings);
    const records = chains.reduce((sum, chain) => sum + chain.records, 0);
    return { events: history.length, leases: ended.length, records };
  }

  #report(
    counts: Pick<KillReport, 'durationMs' | 'events' | 'leases' | 'records' | 'folder'>,
    { killedStarts, startsMs, stopsMs }: ServerRounds,
  ): KillReport {
    const { exchanges, visits, stops } = this.#journal;
    return {
      ...counts,
      plan: this.#plan,
      findings: this.#findings.all,
      ends: stops.length,
      killedStarts,
      startsMs,
      stopsMs,
      requests: exchanges.filter(({ outcome }) => outcome !== 'refused').length,
      visits: visits.length,
      cut: exchanges.filter(({ outcome }) => outcome === 'cut').length,
    };
  }
}

/** A client has a token of its own, so that it is the holder of its leases. */
export async function createToken(api: Api, name: string): Promise<string> {
  const body = { name, role: 'holder' };
  const { secret } = await api.call<{ secret: string }>({ method: 'POST', path: '/v1/tokens', body });
  return secret;
}

/** Rejects as soon as one of them does; never resolves. */
export function failureOf(all: readonly Promise<void>[]): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const one of all) one.catch(reject);
  });
}
