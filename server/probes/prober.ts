import { isProbed } from '@poolkeeper/core';
import type { PoolState, ProbeKind, ProbeSpec, Resource, World } from '@poolkeeper/core';
import type { Keeper } from '../keeper/contract.ts';
import type { Logger } from '../logger.ts';
import type { CancelTimer, Clock, Random, Timers } from '../timers.ts';
import { sleep } from '../timers.ts';
import type { Askers, ProbeAnswer, ProbeQuestion } from './contract.ts';
import { countAnswer, heedWorld } from './counts.ts';
import type { ProbeCount } from './counts.ts';

/** Times are milliseconds. */
export type ProberLimits = {
  /** From the end of one look at members to the next. */
  readonly tickMs: number;
  /** The same while no pool asks anything. */
  readonly idleMs: number;
  /** Members that one look passes by. */
  readonly visitsMax: number;
  /** Questions under way at once; and of those that are a process or a session of their own. */
  readonly concurrency: number;
  readonly stepConcurrency: number;
  /** How long a question may go on after it was told to end, before nobody waits for it. */
  readonly graceMs: number;
  /** Between two words in the log about the same question that cannot be asked. */
  readonly warnMs: number;
};

const DEFAULT_PROBER_LIMITS: ProberLimits = {
  tickMs: 100,
  idleMs: 1_000,
  visitsMax: 2_000,
  concurrency: 256,
  stepConcurrency: 16,
  graceMs: 5_000,
  warnMs: 60_000,
};

export type ProberInput = {
  readonly keeper: Pick<Keeper, 'ask' | 'read'>;
  readonly askers: Askers;
  /** Fills in the references of a probe, or says in words what is missing. */
  readonly fill: (
    world: World,
    resource: Resource,
    spec: ProbeSpec,
  ) => Pick<ProbeQuestion, 'input' | 'secrets'> | string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly limits?: Partial<ProberLimits>;
};

/** Kinds that are a process or a session of their own. */
const STEP_KINDS: ReadonlySet<ProbeKind> = new Set(['exec', 'ssh', 'provider']);
/** Kinds whose silence is no answer: not the member is asked, but somebody who knows about it. */
const ASKED_ELSEWHERE: ReadonlySet<ProbeKind> = new Set(['provider']);

type Due = { readonly question: ProbeQuestion; readonly count: ProbeCount };

/**
 * Asks every free and leased member what its pool wants to know, again and again, and tells the world what changed.
 *
 * One timer walks over the members, a bounded number at a time, so that ten thousand cost no more timers than one. A member's
 * first question comes at a random time within the interval, and the next an interval after that one began, so they stay spread.
 * Answers in a row are counted here: only a changed verdict becomes a command, so that steady health costs no commit.
 */
export class Prober implements AsyncDisposable {
  readonly #input: ProberInput;
  readonly #limits: ProberLimits;
  readonly #counts = new Map<string, ProbeCount>();
  readonly #underWay = new Set<Promise<void>>();
  #stepsUnderWay = 0;
  readonly #stop = new AbortController();
  /** When the same trouble may be said again, by pool and probe. */
  readonly #quietUntil = new Map<string, number>();
  /** The walk under way, and the world that it is in: a keeper that lost its store loads another. */
  #walk: { readonly world: World; readonly members: Iterator<Resource | null, undefined> } | undefined;
  #round = 0;
  #cancelTimer: CancelTimer = () => {};
  #looking: Promise<void> = Promise.resolve();

  constructor(input: ProberInput) {
    this.#input = input;
    this.#limits = { ...DEFAULT_PROBER_LIMITS, ...input.limits };
  }

  start(): void {
    this.#schedule(0);
  }

  /** How many questions are under way, and how many are asked again and again. */
  status(): { readonly underWay: number; readonly questions: number } {
    return { underWay: this.#underWay.size, questions: this.#counts.size };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('The server stops.'));
    this.#cancelTimer();
    await this.#looking;
    await Promise.all(this.#underWay);
  }

  #schedule(delayMs: number): void {
    if (this.#stop.signal.aborted) return;
    this.#cancelTimer = this.#input.timers.set(delayMs, () => {
      this.#looking = this.#look();
    });
  }

  async #look(): Promise<void> {
    const { keeper } = this.#input;
    let hasProbes = true;
    const due: Due[] = [];
    try {
      await keeper.read((world) => {
        hasProbes = hasAnyProbe(world) || this.#counts.size > 0;
        if (hasProbes) this.#visit(world, due);
      });
    } catch {
      // While the world is loading there is nothing to ask; what was picked is picked again.
      for (const one of due.splice(0)) this.#end(one);
    }
    for (const one of due) this.#ask(one);
    this.#schedule(hasProbes ? this.#limits.tickMs : this.#limits.idleMs);
  }

  /** Goes on with the walk, and picks what is due as long as there is room. */
  #visit(world: World, due: Due[]): void {
    let room = this.#limits.concurrency - this.#underWay.size;
    for (let visits = 0; visits < this.#limits.visitsMax && room > 0; visits += 1) {
      if (this.#walk?.world !== world) this.#walk = this.#beginRound(world);
      const next = this.#walk.members.next();
      if (next.done === true) {
        this.#walk = undefined;
        this.#forgetUnseen();
        return;
      }
      if (next.value === null) continue;
      const picked = this.#pickDue(world, next.value);
      due.push(...picked);
      room -= picked.length;
    }
  }

  #beginRound(world: World): { world: World; members: Iterator<Resource | null, undefined> } {
    this.#round += 1;
    return { world, members: membersIn(world) };
  }

  #pickDue(world: World, resource: Resource): Due[] {
    const pool = world.pools.get(resource.pool);
    if (pool === undefined) return [];
    this.#forgetOldVerdicts(pool, resource);
    return pool.pool.health.flatMap((spec) => {
      const count = this.#countOf(resource, spec);
      count.round = this.#round;
      if (count.isUnderWay || count.dueAt > this.#input.clock.now()) return [];
      const isStep = STEP_KINDS.has(spec.uses);
      // It stays due, and comes with the next round.
      if (isStep && this.#stepsUnderWay >= this.#limits.stepConcurrency) return [];
      heedWorld(count, resource.probes?.find(({ probe }) => probe === spec.name)?.isHealthy);
      const question = this.#questionOf(world, resource, spec);
      count.dueAt = this.#input.clock.now() + spec.everyMs;
      if (typeof question === 'string') {
        this.#warn(resource, spec, question);
        return [];
      }
      count.isUnderWay = true;
      if (isStep) this.#stepsUnderWay += 1;
      return [{ question, count }];
    });
  }

  /** A probe that a pool has no more left its verdicts behind: the core forgets them when it hears of them. */
  #forgetOldVerdicts({ pool }: PoolState, { id, probes = [] }: Resource): void {
    for (const { probe, isHealthy } of probes) {
      if (pool.health.some(({ name }) => name === probe)) continue;
      this.#tell(id, probe, { isHealthy, detail: null }).catch(() => {});
    }
  }

  #countOf({ id }: Resource, { name, everyMs }: ProbeSpec): ProbeCount {
    const key = `${id}/${name}`;
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    const dueAt = this.#input.clock.now() + Math.floor(this.#input.random() * everyMs);
    const count = { dueAt, isUnderWay: false, passed: 0, failed: 0, told: undefined, round: this.#round };
    this.#counts.set(key, count);
    return count;
  }

  #questionOf(world: World, resource: Resource, spec: ProbeSpec): ProbeQuestion | string {
    const filled = this.#input.fill(world, resource, spec);
    if (typeof filled === 'string') return filled;
    const { id, name, pool, kind, epoch, addresses, endpoints, provider, externalId } = resource;
    return {
      spec,
      ...filled,
      resource: { id, name, pool, kind, epoch, addresses, endpoints },
      provider,
      externalId,
    };
  }

  /** Members that are gone, or neither free nor leased, are asked nothing; their counts begin anew. */
  #forgetUnseen(): void {
    for (const [key, { round, isUnderWay }] of this.#counts)
      if (round < this.#round && !isUnderWay) this.#counts.delete(key);
  }

  #ask(due: Due): void {
    const asking = this.#askOnce(due).finally(() => {
      this.#end(due);
      this.#underWay.delete(asking);
    });
    this.#underWay.add(asking);
  }

  #end({ question, count }: Due): void {
    count.isUnderWay = false;
    if (STEP_KINDS.has(question.spec.uses)) this.#stepsUnderWay -= 1;
  }

  async #askOnce({ question, count }: Due): Promise<void> {
    const { spec, resource } = question;
    const answer = await this.#answerTo(question);
    if (this.#stop.signal.aborted) return;
    if (answer.result === 'unasked' || answer.result === 'unknown')
      return this.#warn(resource, spec, answer.detail ?? 'it cannot be asked');
    const isHealthy = countAnswer(count, answer.result === 'passed', spec);
    if (isHealthy === undefined || isHealthy === count.told) return;
    try {
      await this.#tell(resource.id, spec.name, { isHealthy, detail: answer.detail });
      count.told = isHealthy;
    } catch (error) {
      // The next answer tells it again.
      this.#input.logger.debug(
        { resource: resource.id, probe: spec.name, err: error },
        'a verdict was not taken',
      );
    }
  }

  /** One answer in time: what takes longer than the probe allows has failed. */
  async #answerTo(question: ProbeQuestion): Promise<ProbeAnswer> {
    const { timers, askers } = this.#input;
    const { uses, timeoutMs } = question.spec;
    const unanswered = ASKED_ELSEWHERE.has(uses) ? 'unknown' : 'failed';
    const end = new AbortController();
    const cancel = timers.set(timeoutMs, () => end.abort(new Error('too late')));
    const done = new AbortController();
    try {
      const signal = AbortSignal.any([end.signal, this.#stop.signal]);
      const left = sleep(
        timers,
        timeoutMs + this.#limits.graceMs,
        AbortSignal.any([done.signal, this.#stop.signal]),
      ).then(() => null);
      const said = await Promise.race([askers[uses](question, signal), left]);
      return said ?? { result: unanswered, detail: `no answer within ${timeoutMs} ms` };
    } catch (error) {
      const isLate = end.signal.aborted;
      return {
        result: unanswered,
        detail: isLate ? `no answer within ${timeoutMs} ms` : (error as Error).message,
      };
    } finally {
      cancel();
      done.abort(new Error('answered'));
    }
  }

  async #tell(
    resource: string,
    probe: string,
    verdict: { readonly isHealthy: boolean; readonly detail: string | null },
  ): Promise<void> {
    await this.#input.keeper.ask({ type: 'reportHealth', resource, probe, ...verdict });
  }

  #warn({ pool, name }: { pool: string; name: string }, spec: ProbeSpec, detail: string): void {
    const key = `${pool}/${spec.name}`;
    const now = this.#input.clock.now();
    if ((this.#quietUntil.get(key) ?? 0) > now) return;
    this.#quietUntil.set(key, now + this.#limits.warnMs);
    this.#input.logger.warn({ pool, resource: name, probe: spec.name, detail }, 'a probe cannot be asked');
  }
}

function hasAnyProbe(world: World): boolean {
  for (const { pool } of world.pools.values()) if (pool.health.length > 0) return true;
  return false;
}

/** The members of pools with probes as they are when the walk comes by, which takes many looks; null for who is not asked now. */
function* membersIn(world: World): Generator<Resource | null, undefined> {
  for (const name of world.pools.keys()) {
    let last: string | undefined;
    for (;;) {
      const state = world.pools.get(name);
      if (state === undefined || state.pool.health.length === 0) break;
      const [id] = state.members.after(last);
      if (id === undefined) break;
      last = id;
      const resource = world.resources.get(id);
      yield resource !== undefined && isProbed(resource) ? resource : null;
    }
  }
  return undefined;
}
