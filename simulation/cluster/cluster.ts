import { DOCUMENT_KINDS } from '@poolkeeper/core';
import type { World } from '@poolkeeper/core';
import type { TenureStart } from '../../server/cluster/contract.ts';
import type { WorldKeeper } from '../../server/keeper/keeper.ts';
import type { Store, StoredDocument } from '../../server/store/contract.ts';
import { createMemoryDisk } from '../../server/store/memory/memory-disk.ts';
import { openMemoryStore } from '../../server/store/memory/memory-store.ts';
import type { Chance } from '../chance.ts';
import { ConnectionLost, Life } from '../life.ts';
import type { Machine, MachineInput } from '../machine.ts';
import type { Trace } from '../trace.ts';
import { FAIR_LINK } from './link.ts';
import type { LinkMood } from './link.ts';
import { SimReplica } from './sim-replica.ts';
import type { SimReplicaInput } from './sim-replica.ts';

/** How long the world may have no keeper while a replica could take it, in milliseconds: a term runs out, is asked for, is begun. */
const TAKE_OVER_MS_MAX = 12_000;
/** How long a graceful stop may take, in milliseconds. */
const STOP_MS_MAX = 60_000;

const LINK_MOODS: readonly LinkMood[] = [
  { wayMs: 400, cut: 'no', losing: 0 },
  { wayMs: 6_000, cut: 'no', losing: 0 },
  { wayMs: 50, cut: 'no', losing: 0.3 },
  { wayMs: 1_000, cut: 'no', losing: 0.7 },
  { wayMs: 3, cut: 'refused', losing: 0 },
  { wayMs: 3, cut: 'silent', losing: 0 },
];
/** How long trouble lasts, in milliseconds. */
const TROUBLE_MS = [200, 2_000, 4_000, 20_000] as const;
const SKEWS_MS = [0, 0, 700, -90_000, 3_600_000] as const;

/**
 * Several replicas on one database: each is a real one, follows the world, and keeps it when it is its turn. Their ways to the database are
 * cut, slow, or lose answers; they are halted, crash, stop, and hand over.
 */
export class Cluster implements Machine {
  readonly #input: MachineInput;
  readonly #trace: Trace;
  readonly #chance: Chance;
  readonly #disk = createMemoryDisk();
  readonly #replicas: SimReplica[] = [];
  readonly #size: number;
  #processes = 0;
  #lives = 0;
  /** Since when nobody keeps the world. */
  #unkeptSince: number;
  #stopping: { readonly replica: SimReplica; readonly since: number } | undefined;

  constructor(input: MachineInput, trace: Trace, size: number) {
    this.#input = input;
    this.#trace = trace;
    this.#chance = input.chance.fork('cluster');
    this.#size = size;
    this.#unkeptSince = input.time.now();
  }

  get state(): 'starting' | 'up' {
    return this.life === undefined ? 'starting' : 'up';
  }

  get isShort(): boolean {
    return this.#replicas.length < this.#size;
  }

  get life(): Life | undefined {
    return this.#keeper()?.life;
  }

  /** The replica that keeps the world, by the database and by itself. */
  #keeper(): SimReplica | undefined {
    const { term, keeper } = this.#disk;
    if (keeper === null || keeper.until <= this.#input.clock.now()) return undefined;
    const found = this.#replicas.find(({ name }) => name === keeper.card.id);
    return found?.isKeeping === true && found.life?.term === term ? found : undefined;
  }

  world(): World | undefined {
    return this.life?.world();
  }

  isAtRest(): boolean {
    const keeper = this.#keeper();
    return keeper?.isWell === true && keeper.life?.isAtRest() === true;
  }

  async start(): Promise<void> {
    const { time, clock, chance, plant, report } = this.#input;
    this.#processes += 1;
    const number = this.#processes;
    const database = await openMemoryStore(this.#disk, {}, clock);
    const replica = new SimReplica({
      name: `r${1 + (number % this.#size)}`,
      number,
      time,
      disk: this.#disk,
      database,
      chance: chance.fork(`replica ${number}`),
      skewMs: this.#chance.pick(SKEWS_MS),
      plant,
      report,
      written: (batch) => this.#input.watch.written(batch),
      openLife: (own) => this.#openLife(own),
      begins: (life, begun) => this.#begins(life, begun),
    });
    this.#replicas.push(replica);
    this.#trace.add(`replica ${replica.name} starts`);
    replica.start();
    if (this.isShort && this.#processes < this.#size) await this.start();
  }

  async crash(): Promise<void> {
    const replica = this.#pick();
    if (replica === undefined) return;
    this.#trace.add(`replica ${replica.name} crashes`);
    await this.#bury(replica);
  }

  /** Stops a replica as an operator does. */
  stop(): void {
    const replica = this.#pick();
    if (replica === undefined || replica.isPaused || this.#stopping !== undefined) return;
    this.#trace.add(`replica ${replica.name} stops`);
    this.#stopping = { replica, since: this.#input.time.now() };
    replica.replica[Symbol.asyncDispose]().then(
      () => {
        this.#trace.add(`replica ${replica.name} has stopped`);
        return this.#bury(replica);
      },
      (error: Error) => this.#input.report('no-defect', `stopping: ${error.stack ?? error.message}`),
    );
  }

  /** The world changes hands: its keeper is halted for a while, or asked to hand it over. */
  async takeOver(): Promise<void> {
    const replica = this.#pick();
    if (replica === undefined || replica.isPaused) return;
    if (this.#chance.is(0.3)) {
      this.#trace.add(`replica ${replica.name} is asked to step down`);
      replica.replica.stepDown().then(
        () => this.#trace.add(`replica ${replica.name} has stepped down`),
        (error: Error) => this.#trace.add(`replica ${replica.name} keeps on: ${error.message}`),
      );
      return;
    }
    const forMs = this.#chance.pick(TROUBLE_MS);
    this.#trace.add(`replica ${replica.name} is halted for ${forMs} ms`);
    replica.pause();
    this.#input.time.set(forMs, () => {
      this.#trace.add(`replica ${replica.name} goes on`);
      replica.resume();
    });
  }

  /** Something is wrong for a while with the way between a replica and the database. */
  trouble(): void {
    const replica = this.#pick();
    if (replica === undefined) return;
    const mood = this.#chance.pick(LINK_MOODS);
    const forMs = this.#chance.pick(TROUBLE_MS);
    replica.link.mood = mood;
    this.#trace.add(`link of ${replica.name}: ${JSON.stringify(mood)} for ${forMs} ms`);
    this.#input.time.set(forMs, () => {
      if (replica.link.mood === mood) this.#mend(replica);
    });
  }

  clearUp(): void {
    for (const replica of this.#replicas) {
      replica.resume();
      if (replica.link.mood !== FAIR_LINK) this.#mend(replica);
    }
  }

  /** Machines' clocks are as they are: what is decided goes by the database's, which nobody sets. */
  setClock(): void {}

  endDeposed(): Promise<void> {
    return Promise.resolve();
  }

  /** Asks one that takes itself for the keeper: mostly there is one. */
  call<T>(what: string, ask: (keeper: WorldKeeper) => Promise<T>, isPatient = false): Promise<T> {
    const keeper = this.#chance.find(this.#replicas.filter(({ isKeeping }) => isKeeping));
    if (keeper === undefined) return Promise.reject(new ConnectionLost(`${what}: nobody keeps the world`));
    return keeper.call(what, ask, isPatient);
  }

  check(): void {
    const { time, report } = this.#input;
    const now = time.now();
    if (this.#stopping !== undefined && now - this.#stopping.since > STOP_MS_MAX)
      report(
        'stops',
        `${this.#stopping.replica.name} has been stopping for ${now - this.#stopping.since} ms`,
      );
    if (this.life !== undefined) this.#unkeptSince = now;
    for (const replica of this.#replicas) {
      if (!replica.isWell || this.#stopping?.replica === replica)
        replica.wellSince = Math.max(now, replica.wellSince);
      const forMs = now - Math.max(this.#unkeptSince, replica.wellSince);
      if (forMs > TAKE_OVER_MS_MAX)
        report('takes-over', `nobody keeps the world, and ${replica.name} could since ${forMs} ms`);
    }
  }

  /** What a replica knows that follows and is up to date: undefined for the others. */
  followed(): readonly { readonly name: string; readonly world: World }[] {
    return this.#replicas.flatMap(({ name, replica, isWell }) => {
      const world = replica.role() === 'following' && isWell ? replica.world() : undefined;
      return world === undefined ? [] : [{ name, world }];
    });
  }

  openStore(): Promise<Store> {
    return openMemoryStore(this.#disk);
  }

  async end(): Promise<void> {
    for (const replica of this.#replicas.toReversed()) await this.#bury(replica);
  }

  #mend(replica: SimReplica): void {
    replica.link.mood = FAIR_LINK;
    replica.wellSince = Math.max(this.#input.time.now(), replica.wellSince);
    this.#trace.add(`link of ${replica.name} is mended`);
  }

  /** One of them; mostly the one that keeps the world, with which most can go wrong. */
  #pick(): SimReplica | undefined {
    const keeper = this.#chance.is(0.6) ? this.#keeper() : undefined;
    return keeper ?? this.#chance.find(this.#replicas);
  }

  #openLife(own: Parameters<SimReplicaInput['openLife']>[0]): Life {
    this.#lives += 1;
    const life: Life = new Life({
      ...this.#input,
      ...own,
      number: this.#lives,
      decides: (command) => this.#requireTerm(life, command),
    });
    return life;
  }

  /** The world that a replica followed is what was written, to the last document. */
  #begins(life: Life, { term, world }: TenureStart): void {
    this.#trace.add(`life ${life.number} begins term ${term} after event ${world.meta.eventSeq}`);
    life.term = term;
    this.#input.watch.loaded(world.meta, documentsOf(world));
  }

  #requireTerm(life: Life, command: string): void {
    const { term, keeper } = this.#disk;
    const now = this.#input.clock.now();
    if (life.isDead || (term === life.term && (keeper === null || keeper.until > now))) return;
    this.#input.report(
      'decides-while-held',
      `life ${life.number} decides ${command} under term ${life.term}; term ${term} is ${keeper?.card.id ?? 'nobody'}'s until ${keeper?.until}, and it is ${now}`,
    );
  }

  async #bury(replica: SimReplica): Promise<void> {
    await replica.kill();
    if (this.#stopping?.replica === replica) this.#stopping = undefined;
    const at = this.#replicas.indexOf(replica);
    if (at >= 0) this.#replicas.splice(at, 1);
  }
}

export function documentsOf(world: World): StoredDocument[] {
  return DOCUMENT_KINDS.flatMap((kind) => {
    const all =
      kind === 'pool' ? [...world.pools.values()].map(({ pool }) => pool) : [...world[`${kind}s`].values()];
    return all.map((document) => ({ kind, document }) as StoredDocument);
  });
}
