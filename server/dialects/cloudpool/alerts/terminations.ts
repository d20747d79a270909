import type { JsonObject } from '@poolkeeper/core';
import type { Alert } from './alert.ts';
import { resize, terminated } from './alerts-of-event.ts';

/** How long an update's terminations are given before they are told of, in milliseconds. */
export const OUTCOMES_MS_MAX = 30_000;
/** Updates whose terminations are watched at once; of more the oldest are told of at once. */
const WATCHED_MAX = 1_000;

type Watched = {
  readonly pool: string;
  readonly at: number;
  /** Machines that go and were not named: a long list is cut. */
  readonly unnamedCount: number;
  /** Machines without an outcome. */
  readonly waiting: Set<string>;
  readonly ended: string[];
  readonly errors: Map<string, string>;
};

export type PoolAlert = { readonly pool: string; readonly alert: Alert };

/**
 * Follows what becomes of the machines that updates take away, so that one alert tells of all of them.
 *
 * A machine counts as terminated when it is gone, or when nothing failed while its end was waited for: its end has been asked for
 * then, and is asked for until it is gone. Units: milliseconds UTC.
 */
export class Terminations {
  readonly #watched = new Set<Watched>();

  /** An update of a pool takes machines away. Answers what the watch of another one that it takes the place of has to tell. */
  begin(
    pool: string,
    { machines, count, at }: { machines: readonly string[]; count: number; at: number },
  ): readonly PoolAlert[] {
    if (machines.length === 0) return [];
    const [oldest] = this.#watched;
    const isFull = this.#watched.size >= WATCHED_MAX;
    const unnamedCount = Math.max(0, count - machines.length);
    this.#watched.add({ pool, at, unnamedCount, waiting: new Set(machines), ended: [], errors: new Map() });
    return isFull && oldest !== undefined ? this.#tell(oldest) : [];
  }

  /** A machine is gone, or an attempt to end it failed with an error. */
  take(pool: string, machine: string, error: string | null): readonly PoolAlert[] {
    for (const watched of this.#watched) {
      if (watched.pool !== pool || !watched.waiting.delete(machine)) continue;
      if (error === null) watched.ended.push(machine);
      else watched.errors.set(machine, error);
      return watched.waiting.size === 0 ? this.#tell(watched) : [];
    }
    return [];
  }

  /** When the first of them has waited long enough; undefined when none waits. */
  get dueAt(): number | undefined {
    const [oldest] = this.#watched;
    return oldest === undefined ? undefined : oldest.at + OUTCOMES_MS_MAX;
  }

  /** What has waited long enough. */
  takeDue(now: number): readonly PoolAlert[] {
    const due = [...this.#watched].filter(({ at }) => at + OUTCOMES_MS_MAX <= now);
    return due.flatMap((watched) => this.#tell(watched));
  }

  #tell(watched: Watched): readonly PoolAlert[] {
    this.#watched.delete(watched);
    return alertsOf(watched).map((alert) => ({ pool: watched.pool, alert }));
  }
}

function alertsOf({ at, unnamedCount, waiting, ended, errors }: Watched): Alert[] {
  const done = [...ended, ...waiting];
  const doneCount = done.length + unnamedCount;
  const alerts: Alert[] = [];
  if (errors.size > 0 && doneCount === 0) {
    const [first] = errors.values();
    const message = `failed to terminate machines ${listOf([...errors.keys()])}: ${first}`;
    alerts.push(resize('ERROR', at, { message }));
  } else if (errors.size > 0) {
    const message = `${errors.size} out of ${errors.size + doneCount} machine terminations failed`;
    const metadata: JsonObject = { terminated: done, terminationErrors: Object.fromEntries(errors) };
    alerts.push(resize('WARN', at, { message, metadata }));
  }
  if (done.length > 0) {
    const message = `${doneCount} machine(s) were terminated in cloud pool: ${listOf(done)}`;
    alerts.push(terminated(at, message, done));
  }
  return alerts;
}

/** As clients know lists in texts. */
function listOf(machines: readonly string[]): string {
  return `[${machines.join(', ')}]`;
}
