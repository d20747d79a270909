import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Chance } from '../chance.ts';
import { Api } from './api.ts';
import { Findings } from './checks/finding.ts';
import type { Finding } from './checks/finding.ts';
import { checkRun } from './checks/check-run.ts';
import type { Rest } from './checks/check-rest.ts';
import { Client } from './client.ts';
import { readHistory } from './history-event.ts';
import type { HistoryEvent } from './history-event.ts';
import { Journal } from './journal.ts';
import type { LeaseAnswer } from './journal.ts';
import { findDamage, findErrors, makePlace } from './place.ts';
import type { Place } from './place.ts';
import { Presence } from './presence.ts';
import { lookAtRest, removePools } from './rest.ts';
import { ServerProcess } from './server-process.ts';
import { endTagged, findTagged, leftFolders } from './tagged-processes.ts';
import { Watcher } from './watcher.ts';

const CLIENTS = 12;
/** How long a server works before it is told to end, in milliseconds. */
const WORK_MS = [20, 600] as const;
/**
 * In how many rounds the server is told to end at the very moment when a client is answered, so that what was answered has
 * had no time to become durable unless it was so before; and how long such a moment is waited for, in milliseconds.
 */
const SHARE_AT_ANSWER = 0.5;
const ANSWER_WITHIN_MS = 1_000;
/** How many of the starts are killed on their way, and after how many milliseconds. */
const SHARE_KILLED_STARTS = 0.2;
const START_MS = [30, 500] as const;

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
  readonly kills: number;
  readonly killedStarts: number;
  readonly durationMs: number;
  readonly startsMs: readonly number[];
  readonly stopsMs: readonly number[];
  readonly requests: number;
  readonly lost: number;
  readonly leases: number;
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
  readonly #findings = new Findings();
  readonly #journal = new Journal();
  readonly #presence = new Presence();
  readonly #load = new AbortController();
  readonly #startsMs: number[] = [];
  readonly #stopsMs: number[] = [];
  #killedStarts = 0;
  #place: Place | undefined;
  #server: ServerProcess | undefined;
  #isFoldersKept = true;

  constructor(plan: KillPlan) {
    this.#plan = plan;
    this.#chance = new Chance(plan.seed, 'kill');
  }

  /** Does all rounds and every check. Errors: when the server does not come up or ends by itself; the message says in which round. */
  async work(): Promise<KillReport> {
    const startedAt = Date.now();
    try {
      this.#place = await makePlace();
      const api = new Api(`http://127.0.0.1:${this.#place.port}`, this.#place.token);
      await this.#start(this.#place);
      const watcher = await this.#underLoad(api, () => this.#doRounds(this.#requirePlace()));
      const { history, leases } = await this.#check(api, this.#place, watcher);
      this.#isFoldersKept = this.#findings.all.length > 0;
      return this.#report({ durationMs: Date.now() - startedAt, events: history.length, leases });
    } catch (cause) {
      const { seed } = this.#plan;
      throw new Error(`Seed ${seed}, round ${this.#journal.round}: ${(cause as Error).message}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#load.abort();
    await this.#server?.[Symbol.asyncDispose]();
    if (this.#place === undefined) return;
    await endTagged(this.#place.data);
    if (!this.#isFoldersKept) rmSync(this.#place.folder, { recursive: true, force: true });
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
      busy.push(new Client({ name, stop, ...all, ...own }).run());
    }
    try {
      await Promise.race([work(), failureOf(busy)]);
    } finally {
      this.#load.abort();
    }
    await Promise.all(busy);
    return watcher;
  }

  async #doRounds(place: Place): Promise<void> {
    for (let round = 1; round <= this.#plan.rounds; round += 1) {
      this.#journal.round = round;
      await sleep(this.#chance.int(...WORK_MS));
      await this.#endAtMoment();
      if (this.#chance.is(SHARE_KILLED_STARTS)) await this.#killStart(place);
      await this.#start(place);
      this.#plan.log(
        `round ${round}: ready in ${this.#startsMs.at(-1)} ms, ${this.#journal.exchanges.length} answers`,
      );
    }
  }

  async #start(place: Place): Promise<void> {
    this.#server = new ServerProcess(place);
    this.#startsMs.push(await this.#server.untilReady());
    const stop = this.#journal.stops.at(-1);
    if (stop !== undefined) stop.until = this.#journal.next();
    this.#presence.begin();
  }

  async #killStart(place: Place): Promise<void> {
    this.#server = new ServerProcess(place);
    await sleep(this.#chance.int(...START_MS));
    await this.#server.kill();
    this.#killedStarts += 1;
  }

  #endAtMoment(): Promise<void> {
    if (!this.#chance.is(SHARE_AT_ANSWER)) return this.#endServer();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(late);
        this.#journal.onAnswer(() => {});
        this.#endServer().then(resolve, reject);
      };
      const late = setTimeout(end, ANSWER_WITHIN_MS);
      this.#journal.onAnswer(end);
    });
  }

  async #endServer(): Promise<void> {
    const server = this.#requireServer();
    if (server.hasEnded) throw server.failure('ended by itself');
    const { round } = this.#journal;
    const { signal } = this.#plan;
    this.#presence.end();
    this.#journal.stops.push({ round, signal, at: Date.now(), from: this.#journal.next(), until: Infinity });
    if (signal === 'SIGKILL') await server.kill();
    else await this.#stopServer(server);
  }

  async #stopServer(server: ServerProcess): Promise<void> {
    const askedAt = Date.now();
    const { code, signal } = await server.stop();
    this.#stopsMs.push(Date.now() - askedAt);
    if (code === 0) return;
    const detail = `round ${this.#journal.round}: SIGTERM is answered with code ${code}, signal ${signal}`;
    this.#findings.add('stops-cleanly', detail);
  }

  async #check(
    api: Api,
    place: Place,
    watcher: Watcher,
  ): Promise<{ history: HistoryEvent[]; leases: number }> {
    const rest: Rest = await lookAtRest(api, place.data);
    for (const pool of await removePools(api))
      this.#findings.add('settles', `pool ${pool} is removed and does not go`);
    for (const { pid, resource, command } of findTagged(place.data)) {
      this.#findings.add('no-orphan', `process ${pid} of ${resource} outlives its pool`, command);
    }
    for (const folder of leftFolders(place.data)) {
      this.#findings.add('no-orphan', `the files of ${folder} outlive its pool`);
    }
    const history = await readHistory(api);
    const ended = await api.list<LeaseAnswer>('/v1/leases?status=ended');
    const server = this.#requireServer();
    if (server.hasEnded) throw server.failure('ended by itself');
    await this.#stopServer(server);
    for (const line of findDamage(place)) this.#findings.add('file-intact', line);
    for (const line of findErrors(place))
      this.#findings.add('stops-cleanly', 'the server tells of an error', line);
    checkRun({ history, ended, watched: watcher.events, journal: this.#journal, rest }, this.#findings);
    return { history, leases: ended.length };
  }

  #report(counts: { durationMs: number; events: number; leases: number }): KillReport {
    const { exchanges, visits, stops } = this.#journal;
    return {
      ...counts,
      plan: this.#plan,
      findings: this.#findings.all,
      kills: stops.length,
      killedStarts: this.#killedStarts,
      startsMs: this.#startsMs,
      stopsMs: this.#stopsMs,
      requests: exchanges.filter(({ outcome }) => outcome !== 'refused').length + visits.length,
      lost: exchanges.filter(({ outcome }) => outcome === 'cut').length,
      folder: this.#requirePlace().folder,
    };
  }

  #requirePlace(): Place {
    if (this.#place === undefined) throw new Error('The run has no place yet.');
    return this.#place;
  }

  #requireServer(): ServerProcess {
    if (this.#server === undefined) throw new Error('The run has no server yet.');
    return this.#server;
  }
}

/** A client has a token of its own, so that it is the holder of its leases. */
async function createToken(api: Api, name: string): Promise<string> {
  const { secret } = await api.call<{ secret: string }>({
    method: 'POST',
    path: '/v1/tokens',
    body: { name, role: 'holder' },
  });
  return secret;
}

/** Rejects as soon as one of them does; never resolves. */
function failureOf(all: readonly Promise<void>[]): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const one of all) one.catch(reject);
  });
}
