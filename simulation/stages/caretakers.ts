import type { Command, ConfiguredType } from '@poolkeeper/core';
import type { Chance } from '../chance.ts';
import type { Scene } from '../scene.ts';
import { askAs } from './ask-as.ts';
import { drawType, JANITOR, OTHER_STAGES, USED_STAGES } from './draw-stages.ts';

/** Members that one janitor has in its hands at most. */
const HELD_MAX = 3;
const JANITOR_ASK_WITHIN_MS = 30_000;

type Held = { readonly name: string; readonly id: string; readonly lease: string };

/** What works at the members of stages beside those who use them: a janitor, a reaper, and whoever changes the configuration. */
export class Caretakers {
  readonly #scene: Scene;
  readonly #chance: Chance;
  /** What the janitor has. */
  readonly #held: Held[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#chance = scene.chance.fork('caretakers');
  }

  /** Makes the types of the plan, and sees to it that this server does between two holders what the plan says. */
  setUp(): void {
    this.#sync(this.#scene.plan.types.map(({ type }) => type));
    for (const { type, on } of this.#scene.plan.types) {
      if (on.release !== undefined)
        this.#send({ type: 'putPool', name: type.pool, merge: true, spec: { on } }, 'operator');
    }
  }

  /** Takes something that is dirty, goes on with what it has, or loses its mind and forgets one. */
  janitor(): void {
    const held = this.#chance.find(this.#held);
    if (held === undefined || (this.#held.length < HELD_MAX && this.#chance.is(0.4))) return this.#take();
    if (this.#chance.is(0.08)) return this.#drop(held);
    if (this.#chance.is(0.15))
      return this.#send({
        type: 'noteHolding',
        name: held.name,
        holder: JANITOR,
        stage: 'cleaning',
        data: {},
      });
    this.#clean(held);
  }

  /** Takes members away from whoever was silent for too long. */
  reaper(): void {
    const { pool } = this.#chance.pick(this.#scene.plan.types).type;
    const stage = this.#chance.pick([...USED_STAGES, 'cleaning']);
    const silentMs = this.#chance.pick([5_000, 15_000, 60_000]);
    this.#reset({ pool, stage, silentMs });
  }

  /** Another configuration: other names, other bounds, a type more or less. */
  sync(): void {
    const types = this.#scene.plan.types.map(({ type }) => type);
    const drawn = types.flatMap((type) => {
      if (this.#chance.is(0.6)) return [type];
      if (this.#chance.is(0.15)) return [];
      const { isRepeatable: _, silenceMs: _silence, ...changed } = drawType(this.#chance, type.type).type;
      return [changed];
    });
    this.#sync(drawn);
  }

  /** Once faults are over: everything is as it was planned, taken away from everybody, and cleaned. */
  tidyUp(): void {
    if (this.#scene.plan.types.length === 0) return;
    this.#sync(this.#scene.plan.types.map(({ type }) => type));
    for (const { type } of this.#scene.plan.types)
      for (const stage of [...USED_STAGES, 'cleaning'])
        if (stage !== 'cleaning' || this.#held.length === 0)
          this.#reset({ pool: type.pool, stage, silentMs: stage === 'cleaning' ? 60_000 : 0 });
    for (const held of this.#held) this.#clean(held);
    for (let more = 0; more < HELD_MAX; more += 1) this.#take();
  }

  #take(): void {
    const { pool } = this.#chance.pick(this.#scene.plan.types).type;
    const stage = this.#chance.is(0.85) ? 'dirty' : this.#chance.pick(OTHER_STAGES);
    const [holder, dest, request] = [JANITOR, 'cleaning', null];
    askAs(this.#scene, {
      who: JANITOR,
      isLost: this.#chance.is(this.#scene.plan.lost),
      command: {
        type: 'takeByStage',
        pool,
        stage,
        dest,
        holder,
        request,
        askWithinMs: JANITOR_ASK_WITHIN_MS,
      },
      answered: (taken) => {
        if (taken.result !== 'taken') return;
        const { lease } = taken;
        const { name, id } = taken.resource;
        this.#scene.stages.checkShown({ name, lease, holder: JANITOR });
        this.#held.push({ name, id, lease });
      },
    });
  }

  /** Wipes the member, and says that it is clean; or that it could not. */
  #clean(held: Held): void {
    const { name, id, lease } = held;
    // What was taken away from it meanwhile may be somebody's: it looks before it wipes, as its heartbeat tells it.
    const isCleaned = this.#chance.is(0.8) && this.#scene.stages.isHeldBy(id, lease);
    if (isCleaned) this.#scene.site.wipe(id);
    this.#drop(held);
    this.#send({ type: 'putBack', name, holder: JANITOR, dest: isCleaned ? 'free' : 'dirty' });
  }

  #drop(held: Held): void {
    const at = this.#held.indexOf(held);
    if (at >= 0) this.#held.splice(at, 1);
  }

  #reset({ pool, stage, silentMs }: { pool: string; stage: string; silentMs: number }): void {
    askAs(this.#scene, {
      who: 'Reaper',
      isLost: this.#chance.is(this.#scene.plan.lost),
      command: { type: 'takeAwaySilent', pool, stage, dest: 'dirty', silentMs },
      answered: (taken) => {
        for (const [name, holder] of Object.entries(taken)) this.#scene.stages.checkTakenAway(name, holder);
      },
    });
  }

  #sync(types: readonly ConfiguredType[]): void {
    const { turns } = this.#scene;
    turns.reshape();
    askAs(this.#scene, {
      who: JANITOR,
      command: { type: 'syncStages', provider: 'hand', types },
      answered: () => {},
      anyway: () => turns.reshape(),
    });
  }

  #send(command: Command, who = JANITOR): void {
    askAs(this.#scene, { who, command, answered: () => {} });
  }
}
