/**
 * Sessions that one machine is asked for at once. OpenSSH allows 10 in one connection (`MaxSessions`), and each costs it
 * two processes; a machine that many resources share is asked for no more than this, whatever its own limits are.
 */
export const SESSIONS_MAX = 8;
/**
 * Connections of ours that have not logged in yet, at one machine. From 10 on OpenSSH drops new ones by chance
 * (`MaxStartups 10:30:100`), and others come to the machine too.
 */
export const STARTUPS_MAX = 4;

/** Gives a place back; twice is harmless. */
export type Leave = () => void;

/** Places at one thing, first come first served. */
export class Gate {
  readonly #places: number;
  #taken = 0;
  readonly #waiting = new Set<() => void>();

  constructor(places: number) {
    this.#places = places;
  }

  get isIdle(): boolean {
    return this.#taken === 0 && this.#waiting.size === 0;
  }

  /**
   * Resolves when there is a place. Who waits is bounded by who asks: the steps under way.
   *
   * Errors: the signal's reason as soon as it aborts.
   */
  async enter(signal: AbortSignal): Promise<Leave> {
    signal.throwIfAborted();
    if (this.#taken < this.#places) this.#taken += 1;
    else await this.#turn(signal);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.#leave();
    };
  }

  /** A place is handed from who leaves to who waits, so that nobody who comes meanwhile slips in. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#taken -= 1;
    else next();
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const take = (): void => {
        this.#waiting.delete(take);
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.delete(take);
        reject(signal.reason as Error);
      };
      this.#waiting.add(take);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}

type MachineGate = { readonly sessions: Gate; readonly startups: Gate };

/** The gates of all machines that are in use. A machine is known by its address. */
export class MachineGates {
  readonly #gates = new Map<string, MachineGate>();

  /** How many machines are in use. */
  get size(): number {
    return this.#gates.size;
  }

  /** Does the work with a place at the machine, and forgets machines that nobody uses. */
  async with<Result>(
    machine: string,
    signal: AbortSignal,
    work: (startups: Gate) => Promise<Result>,
  ): Promise<Result> {
    const gate = this.#gates.get(machine) ?? {
      sessions: new Gate(SESSIONS_MAX),
      startups: new Gate(STARTUPS_MAX),
    };
    this.#gates.set(machine, gate);
    try {
      const leave = await gate.sessions.enter(signal);
      try {
        return await work(gate.startups);
      } finally {
        leave();
      }
    } finally {
      if (gate.sessions.isIdle) this.#gates.delete(machine);
    }
  }
}
