import type { RunnerHello } from './contract.ts';

/** Runners that are remembered; of more, the one that was quiet the longest is forgotten. */
export const RUNNERS_MAX = 10_000;
/** How long a runner is shown that went away, in milliseconds. */
export const RUNNER_SHOWN_MS = 3_600_000;

export type KnownRunner = {
  readonly name: string;
  readonly token: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly version: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
};

/** By what the world knows a runner: `name@token`. A name has no @. */
export function runnerId({ name, token }: Pick<RunnerHello, 'name' | 'token'>): string {
  return `${name}@${token}`;
}

/** The name of a runner's token, from its id. */
export function tokenOfRunner(id: string): string {
  return id.slice(id.indexOf('@') + 1);
}

/** Who was seen, in the order in which they were seen last. */
export class RunnerRegistry {
  readonly #runners = new Map<string, KnownRunner>();

  /** Notes that a runner showed itself; what it does not say stays as it was. */
  see(id: string, now: number, hello?: Pick<RunnerHello, 'labels' | 'version'>): void {
    const before = this.#runners.get(id);
    const name = id.slice(0, id.indexOf('@'));
    this.#runners.delete(id);
    this.#runners.set(id, {
      name,
      token: tokenOfRunner(id),
      labels: hello?.labels ?? before?.labels ?? {},
      version: hello?.version ?? before?.version ?? '',
      firstSeenAt: before?.firstSeenAt ?? now,
      lastSeenAt: now,
    });
    const [longestQuiet] = this.#runners.keys();
    if (this.#runners.size > RUNNERS_MAX && longestQuiet !== undefined) this.#runners.delete(longestQuiet);
  }

  /** Those that were seen of late, by id; the others are forgotten. */
  all(now: number): ReadonlyMap<string, KnownRunner> {
    for (const [id, { lastSeenAt }] of this.#runners) {
      if (now - lastSeenAt <= RUNNER_SHOWN_MS) break;
      this.#runners.delete(id);
    }
    return this.#runners;
  }
}
