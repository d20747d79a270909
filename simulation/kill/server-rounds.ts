import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../chance.ts';
import type { Findings } from './checks/finding.ts';
import type { Journal } from './journal.ts';
import type { Presence } from './presence.ts';
import { ServerProcess } from './server-process.ts';
import type { ServerOptions } from './server-process.ts';

/** How long a server works before it is told to end, in milliseconds. */
const WORK_MS = [20, 1_000] as const;
/**
 * In how many rounds the server is told to end at the very moment when a client is answered, so that what was answered has
 * had no time to become durable unless it was so before; and how long such a moment is waited for, in milliseconds.
 */
const SHARE_AT_ANSWER = 0.5;
const ANSWER_WITHIN_MS = 1_000;
/** How many of the starts are killed on their way, and after how many milliseconds. */
const SHARE_KILLED_STARTS = 0.2;
const START_MS = [30, 500] as const;

export type RoundsInput = {
  readonly rounds: number;
  readonly signal: 'SIGKILL' | 'SIGTERM';
  readonly server: ServerOptions;
  readonly chance: Chance;
  readonly journal: Journal;
  readonly presence: Presence;
  readonly findings: Findings;
  readonly log: (line: string) => void;
};

/** The server of a run: started, told to end at a random moment, and started again. Times are milliseconds. */
export class ServerRounds implements AsyncDisposable {
  readonly startsMs: number[] = [];
  readonly stopsMs: number[] = [];
  killedStarts = 0;
  readonly #input: RoundsInput;
  readonly #end = new AbortController();
  #server: ServerProcess | undefined;

  constructor(input: RoundsInput) {
    this.#input = input;
  }

  /** Starts the server. Errors: when it does not come up. */
  async start(): Promise<void> {
    const { journal, presence } = this.#input;
    this.startsMs.push(await this.#spawn().untilReady());
    const stop = journal.stops.at(-1);
    if (stop !== undefined) stop.until = journal.next();
    presence.begin();
  }

  /** Does every round; at the end the server runs. Errors: when it does not come up or ended by itself. */
  async doAll(): Promise<void> {
    const { chance, journal, rounds, log } = this.#input;
    for (let round = 1; round <= rounds; round += 1) {
      journal.round = round;
      await sleep(chance.int(...WORK_MS));
      await (chance.is(SHARE_AT_ANSWER) ? this.#endAtAnswer() : this.#endServer());
      if (chance.is(SHARE_KILLED_STARTS)) await this.#killStart();
      await this.start();
      log(`round ${round}: ready in ${this.startsMs.at(-1)} ms, ${journal.exchanges.length} answers`);
    }
  }

  /** Asks the server to stop, and judges how it does. */
  async stop(): Promise<void> {
    const server = this.#requireServer();
    const askedAt = Date.now();
    const { code, signal } = await server.stop();
    this.stopsMs.push(Date.now() - askedAt);
    if (code === 0) return;
    const { journal, findings } = this.#input;
    const detail = `round ${journal.round}: SIGTERM is answered with code ${code}, signal ${signal}`;
    findings.add('stops-cleanly', detail);
  }

  /** Ends the server for good, also in the middle of a round; none is started any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new Error('the run is over'));
    await this.#server?.[Symbol.asyncDispose]();
  }

  #spawn(): ServerProcess {
    this.#end.signal.throwIfAborted();
    this.#server = new ServerProcess(this.#input.server);
    return this.#server;
  }

  async #killStart(): Promise<void> {
    const server = this.#spawn();
    await sleep(this.#input.chance.int(...START_MS));
    await server.kill();
    this.killedStarts += 1;
  }

  #endAtAnswer(): Promise<void> {
    const { journal } = this.#input;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(late);
        journal.onAnswer(() => {});
        this.#endServer().then(resolve, reject);
      };
      const late = setTimeout(end, ANSWER_WITHIN_MS);
      journal.onAnswer(end);
    });
  }

  async #endServer(): Promise<void> {
    const server = this.#requireServer();
    const { journal, presence, signal } = this.#input;
    presence.end();
    const from = journal.next();
    journal.stops.push({ round: journal.round, signal, at: Date.now(), from, until: Infinity });
    if (signal === 'SIGKILL') await server.kill();
    else await this.stop();
  }

  #requireServer(): ServerProcess {
    if (this.#server === undefined) throw new Error('The server was not started yet.');
    if (this.#server.hasEnded) throw this.#server.failure('ended by itself');
    return this.#server;
  }
}
