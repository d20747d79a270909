import type { JobOutcome } from '@poolkeeper/core';
import { accountPool } from './accounts/draw-accounts.ts';
import type { Chance } from './chance.ts';
import type { Scene } from './scene.ts';
import { FAIR_MOOD } from './sim-call.ts';
import type { Mood } from './sim-call.ts';

const MOODS: readonly Partial<Mood>[] = [
  {},
  {},
  { latencyMs: 5_000, bootMs: 20_000, goingMs: 5_000 },
  { failing: 0.4, losing: 0.2 },
  { failing: 1 },
  { losing: 0.9 },
  { exhausted: 0.5 },
  { exhausted: 1 },
  { refusing: 0.3 },
  { hanging: 0.5, deaf: 0.5 },
];
/** Steps of the machine's clock, in milliseconds. */
const JUMPS = [-3_600_000, -60_000, -1_000, 500, 10_000, 600_000, 90_000_000] as const;
/** Outcomes that are kept to be reported again. */
const OUTCOMES_MAX = 20;

/** What nobody asked for: places and stores with moods, things that die, clocks that are set, outcomes that come twice. */
export class Weather {
  readonly #scene: Scene;
  readonly #chance: Chance;
  readonly #outcomes: { readonly job: string; readonly outcome: JobOutcome }[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#chance = scene.chance.fork('weather');
  }

  mood(): void {
    const { bank } = this.#scene;
    const where = [...this.#scene.places, ['steps', this.#scene.site] as const];
    const [name, place] = this.#chance.pick(where);
    place.mood = { ...FAIR_MOOD, ...this.#chance.pick(MOODS) };
    if (name === accountPool.provider) bank.overlooking = this.#chance.pick([0, 0, 0.3]);
    this.#scene.trace.add(`place ${name}: ${JSON.stringify(place.mood)}`);
  }

  storeMood(): void {
    this.#scene.machine.trouble(this.#chance);
  }

  clock(): void {
    this.#scene.machine.setClock(this.#chance.pick(JUMPS));
  }

  /** Something happens to a thing outside. */
  thing(): void {
    const [name, { outside }] = this.#chance.pick([...this.#scene.places].filter(([, { makes }]) => makes));
    const thing = this.#chance.find(outside.things.values());
    if (thing === undefined) return;
    const what = this.#chance.pick(['sick', 'well', 'dead', 'vanished'] as const);
    this.#scene.trace.add(`thing ${thing.externalId} of ${name}: ${what}`);
    if (what === 'vanished') outside.things.delete(thing.resource);
    else if (what === 'dead' || thing.state === 'dead') thing.state = 'dead';
    else thing.state = what === 'sick' ? 'sick' : 'alive';
    if (this.#chance.is(0.5)) this.#scene.machine.life?.providers.get(name)?.hint();
  }

  /** Keeps an outcome, so that it can come again. */
  keep(job: string, outcome: JobOutcome): void {
    this.#outcomes.push({ job, outcome });
    if (this.#outcomes.length > OUTCOMES_MAX) this.#outcomes.shift();
  }

  /** Reports an outcome again that was reported before, as a network that repeats itself does. */
  echo(): void {
    const kept = this.#chance.find(this.#outcomes);
    if (kept === undefined) return;
    const { job, outcome } = kept;
    this.#scene.machine
      .call('echo', (keeper) => keeper.ask({ type: 'finishJob', job, outcome }))
      .then(
        ({ isAccepted }) => this.#scene.trace.add(`echo of ${job}: ${String(isAccepted)}`),
        () => {},
      );
  }

  /** Nothing goes wrong any more, and what is sick gets well. */
  clearUp(): void {
    const { machine, places, site, bank } = this.#scene;
    bank.overlooking = 0;
    machine.clearUp();
    site.mood = FAIR_MOOD;
    for (const place of places.values()) {
      place.mood = FAIR_MOOD;
      for (const thing of place.outside.things.values()) if (thing.state === 'sick') thing.state = 'alive';
    }
  }
}
