import type { Command, Refusal } from '@poolkeeper/core';
import type { Chance } from '../chance.ts';
import type { Scene } from '../scene.ts';
import { askAs } from './ask-as.ts';
import type { Asked } from './ask-as.ts';
import { OTHER_STAGES, USED_STAGES } from './draw-stages.ts';

/** Requests and members that one client keeps in mind. */
const WISHES_MAX = 3;
/** How long a request keeps its place without being asked again, in milliseconds. */
const ASK_WITHIN_MS = [8_000, 30_000] as const;

/** What the client believes to have: by the answer that it got. */
type Held = { readonly name: string; readonly pool: string; readonly lease: string; stage: string };
/** A request that is asked again and again under its id until it is served. */
type StageWish = {
  readonly pool: string;
  readonly stage: string;
  readonly request: string;
  readonly askWithinMs: number;
  /** Is an answer on its way? */
  isAsking: boolean;
};

/**
 * A client of pools that are handed over by stage. It polls under ids of its own, says that it is still there, puts back to where it
 * likes, loses answers and says everything twice.
 */
export class StageClient {
  readonly holder: string;
  readonly #scene: Scene;
  readonly #chance: Chance;
  readonly #wishes: StageWish[] = [];
  readonly #held: Held[] = [];
  #requests = 0;

  constructor(holder: string, scene: Scene) {
    this.holder = holder;
    this.#scene = scene;
    this.#chance = scene.chance.fork(holder);
  }

  /** Asks again for what it waits for, or for something new. */
  take(): void {
    const known = this.#chance.is(0.7) ? this.#chance.find(this.#wishes) : undefined;
    if (known?.isAsking === true) return;
    const wish = known ?? this.#wishAnew();
    const isQueued = known !== undefined || this.#chance.is(0.75);
    if (isQueued && known === undefined) {
      if (this.#wishes.length >= WISHES_MAX) this.#wishes.shift();
      this.#wishes.push(wish);
    }
    const { pool, stage, askWithinMs } = wish;
    const dest = this.#chance.pick(USED_STAGES);
    const request = isQueued ? wish.request : null;
    const told = this.#scene.turns.sends({ pool, stage, request, askWithinMs });
    wish.isAsking = true;
    this.#ask(
      { type: 'takeByStage', pool, stage, dest, holder: this.holder, request, askWithinMs },
      {
        answered: (taken) => {
          told(taken);
          if (taken.result !== 'taken') return;
          this.#served(wish);
          const { resource, lease } = taken;
          this.#keep({ name: resource.name, pool, lease, stage: dest });
        },
        anyway: () => (wish.isAsking = false),
      },
    );
  }

  /** All of some names, or none; at times those that can be had. */
  takeNamed(): void {
    const { resource } = this.#scene.mirror.documents;
    const staged = [...resource.values()].filter(({ pool }) => this.#scene.stages.isStaged(pool));
    const names = [this.#chance.find(staged), this.#chance.find(staged)].flatMap((one) =>
      one === undefined ? [] : [one.name],
    );
    if (names.length === 0) return;
    const stage = this.#chance.pick(['free', ...OTHER_STAGES]);
    const dest = this.#chance.pick(USED_STAGES);
    const isAtomic = this.#chance.is(0.5);
    this.#ask(
      { type: 'takeNamed', names, stage, dest, holder: this.holder, isAtomic },
      {
        answered: ({ taken }) => {
          for (const { name, pool, leaseId } of taken)
            this.#keep({ name, pool, lease: leaseId ?? '', stage: dest });
        },
      },
    );
  }

  /** Says that it is still there, and keeps something with the member. */
  note(): void {
    const held = this.#chance.find(this.#held);
    if (held === undefined) return this.take();
    const stage = this.#chance.is(0.9) ? held.stage : 'elsewhere';
    const data = this.#chance.is(0.3) ? { note: this.#chance.pick(['', 'one', 'two']) } : {};
    const { name } = held;
    this.#ask(
      { type: 'noteHolding', name, holder: this.holder, stage, data },
      { answered: () => this.#checkHeld(held), refused: (refusal) => this.#lost(held, refusal) },
    );
  }

  /** Puts a member back: free, dirty, or where others know what to do with it. At times one that it has no more. */
  putBack(): void {
    const held = this.#chance.find(this.#held);
    if (held === undefined) return this.take();
    const dest = this.#chance.weigh({ free: 5, dirty: 4, tainted: 0.5, composite: 0.5 });
    const { name } = held;
    const isForgotten = this.#chance.is(0.85);
    this.#ask(
      { type: 'putBack', name, holder: this.holder, dest },
      {
        answered: () => {
          this.#scene.stages.checkEnded(held.lease, `${this.holder} put ${name} back`);
          if (isForgotten) this.#drop(held);
        },
        refused: (refusal) => this.#lost(held, refusal),
      },
    );
  }

  /** Falls silent about one member: somebody has to take it away. */
  lose(): void {
    const held = this.#chance.find(this.#held);
    if (held !== undefined) this.#drop(held);
  }

  #wishAnew(): StageWish {
    this.#requests += 1;
    const { types } = this.#scene.plan;
    return {
      pool: this.#chance.pick(types).type.pool,
      stage: this.#chance.is(0.85) ? 'free' : this.#chance.pick(OTHER_STAGES),
      request: `${this.holder}/${this.#requests}`,
      askWithinMs: this.#chance.pick(ASK_WITHIN_MS),
      isAsking: false,
    };
  }

  #served(wish: StageWish): void {
    const at = this.#wishes.indexOf(wish);
    if (at >= 0) this.#wishes.splice(at, 1);
  }

  #keep(held: Held): void {
    this.#checkHeld(held);
    this.#held.push(held);
  }

  /** The answer said that the client has it: then the store says so, or that it had it. */
  #checkHeld({ name, lease }: Held): void {
    this.#scene.stages.checkShown({ name, lease, holder: this.holder });
  }

  #lost(held: Held, { code }: Refusal): void {
    if (code === 'stage_mismatch') return;
    this.#scene.stages.checkEnded(held.lease, `${this.holder} was told that it has not got ${held.name}`);
    this.#drop(held);
  }

  #drop(held: Held): void {
    const at = this.#held.indexOf(held);
    if (at >= 0) this.#held.splice(at, 1);
  }

  #ask<C extends Command>(command: C, on: Pick<Asked<C>, 'answered' | 'refused' | 'anyway'>): void {
    const isLost = this.#chance.is(this.#scene.plan.lost);
    askAs(this.#scene, { who: this.holder, isLost, command, ...on });
  }
}
