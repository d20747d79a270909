import type { MachineState } from '@poolkeeper/core';
import type { Clock } from '../timers.ts';
import { CloudError } from './cloud-error.ts';
import { ENDED_LISTED_MS, MACHINES_MAX } from './machine.ts';
import type { Machine, Tags } from './machine.ts';
import { CALM } from './settings.ts';
import type { CloudSettings } from './settings.ts';

export type CreateMachine = {
  /** The same for every attempt at one machine: a repeated creation answers what the first one made. */
  readonly clientToken?: string;
  readonly size?: string;
  readonly region?: string;
  readonly tags?: Tags;
  /** How long this one is PENDING, where the cloud's own boot time shall not count. Milliseconds. */
  readonly bootTimeMs?: number;
};

export type ListMachines = {
  /** Only machines that bear all of these. */
  readonly tags: Tags;
  readonly limit: number;
  /** Where the page before ended. */
  readonly after: number;
};

export type CloudInput = {
  readonly clock: Clock;
  /** Makes ids that no machine had before, also not before the cloud was started again. */
  readonly newId: () => string;
  /** What differs from a calm cloud, now and after each `reset`. */
  readonly settings?: Partial<CloudSettings>;
  /** Less than `MACHINES_MAX`, for tests. */
  readonly machinesMax?: number;
};

const SIZE_DEFAULT = 'small';
const REGION_DEFAULT = 'local';

/** The machines of a cloud, in memory. What time does to them is done when somebody looks: there are no timers. */
export class Cloud {
  settings: CloudSettings;
  readonly #input: CloudInput;
  /** By id, in the order of their making. */
  readonly #machines = new Map<string, Machine>();
  readonly #idByToken = new Map<string, string>();
  #lastSequence = 0;

  constructor(input: CloudInput) {
    this.#input = input;
    this.settings = { ...CALM, ...input.settings };
  }

  /** An empty cloud with the settings that it was started with. */
  reset(): void {
    this.#machines.clear();
    this.#idByToken.clear();
    this.settings = { ...CALM, ...this.#input.settings };
  }

  /** Errors: `start_failed`, `quota_exceeded`. A machine that the token made before is answered in spite of both. */
  create(request: CreateMachine): { readonly machine: Machine; readonly isNew: boolean } {
    this.#settle();
    const { clientToken } = request;
    const known = this.#machines.get(this.#idByToken.get(clientToken ?? '') ?? '');
    if (known !== undefined) return { machine: known, isNew: false };
    const { isStartFailing, bootState, quota } = this.settings;
    if (isStartFailing) {
      throw new CloudError(
        'start_failed',
        'The machine could not be started (POST /failStart?on=false ends that).',
      );
    }
    if (quota !== null && this.#countLiving() >= quota) {
      throw new CloudError('quota_exceeded', `The quota of ${quota} machines is used up.`);
    }
    const bootTimeMs = request.bootTimeMs ?? this.settings.bootTimeMs;
    const isBooting = bootState === 'RUNNING' && bootTimeMs > 0;
    const machine = this.#add({ ...request, state: isBooting ? 'PENDING' : bootState });
    if (!isBooting) return { machine, isNew: true };
    const move = { to: 'RUNNING', at: this.#now() + bootTimeMs } as const;
    return { machine: this.#put({ ...machine, move }), isNew: true };
  }

  /** A running machine that nobody asked the API for. Errors: `quota_exceeded` when the cloud is full. */
  spawn(): Machine {
    this.#settle();
    return this.#add({ state: 'RUNNING' });
  }

  list({ tags, limit, after }: ListMachines): { readonly machines: Machine[]; readonly next: number | null } {
    this.#settle();
    const wanted = Object.entries(tags);
    const machines: Machine[] = [];
    for (const machine of this.#machines.values()) {
      if (machine.sequence <= after || !wanted.every(([name, value]) => machine.tags[name] === value))
        continue;
      const last = machines.at(-1);
      if (machines.length === limit) return { machines, next: last?.sequence ?? after };
      machines.push(machine);
    }
    return { machines, next: null };
  }

  find(id: string): Machine | undefined {
    this.#settle();
    return this.#machines.get(id);
  }

  /** Errors: `not_found`. */
  require(id: string): Machine {
    const machine = this.find(id);
    if (machine === undefined) throw new CloudError('not_found', `id: there is no machine ${id}.`);
    return machine;
  }

  /** Ends a machine; one that ended already stays as it is. Errors: `not_found`, `terminate_failed`. */
  terminate(id: string): Machine {
    const machine = this.require(id);
    if (this.settings.isTerminateFailing) {
      throw new CloudError(
        'terminate_failed',
        'The machine could not be ended (POST /failTerminate?on=false ends that).',
      );
    }
    if (machine.state === 'TERMINATED' || machine.move?.to === 'TERMINATED') return machine;
    const { endTimeMs } = this.settings;
    if (endTimeMs === 0) return this.setState(id, 'TERMINATED');
    return this.#put({
      ...machine,
      state: 'TERMINATING',
      move: { to: 'TERMINATED', at: this.#now() + endTimeMs },
    });
  }

  /** Errors: `not_found`. */
  setTags(id: string, tags: Tags): Machine {
    return this.#put({ ...this.require(id), tags });
  }

  /** The machine stays in the state until it is told otherwise. Errors: `not_found`. */
  setState(id: string, state: MachineState): Machine {
    return this.#put(this.#inState(this.require(id), state, this.#now()));
  }

  /** Errors: `not_found`. */
  setLaunch(id: string, launchedAt: number | null): Machine {
    return this.#put({ ...this.require(id), launchedAt });
  }

  /** Forgets a machine without a trace. Errors: `not_found`. */
  vanish(id: string): void {
    this.#remove(this.require(id));
  }

  countByState(): Partial<Record<MachineState, number>> {
    this.#settle();
    const counts: Partial<Record<MachineState, number>> = {};
    for (const { state } of this.#machines.values()) counts[state] = (counts[state] ?? 0) + 1;
    return counts;
  }

  #add(request: CreateMachine & { readonly state: MachineState }): Machine {
    this.#makeRoom();
    const { clientToken = null, size = SIZE_DEFAULT, region = REGION_DEFAULT, tags = {}, state } = request;
    const machine: Machine = {
      sequence: (this.#lastSequence += 1),
      id: this.#input.newId(),
      clientToken,
      state,
      move: null,
      // What is only asked for has not been launched.
      launchedAt: state === 'REQUESTED' ? null : this.#now(),
      endedAt: null,
      size,
      region,
      tags,
    };
    if (clientToken !== null) this.#idByToken.set(clientToken, machine.id);
    return this.#put(machine);
  }

  /** Those that ended go first when the cloud is full. */
  #makeRoom(): void {
    const { machinesMax = MACHINES_MAX } = this.#input;
    if (this.#machines.size < machinesMax) return;
    for (const machine of this.#machines.values()) if (machine.endedAt !== null) this.#remove(machine);
    if (this.#machines.size < machinesMax) return;
    throw new CloudError('quota_exceeded', `The cloud is full: it holds ${machinesMax} machines.`);
  }

  #settle(): void {
    const now = this.#now();
    for (const machine of this.#machines.values()) {
      const { move, endedAt } = machine;
      if (move !== null && move.at <= now) this.#put(this.#inState(machine, move.to, move.at));
      else if (endedAt !== null && endedAt + ENDED_LISTED_MS <= now) this.#remove(machine);
    }
  }

  #inState(machine: Machine, state: MachineState, at: number): Machine {
    const launchedAt = state === 'RUNNING' ? (machine.launchedAt ?? at) : machine.launchedAt;
    return { ...machine, state, move: null, launchedAt, endedAt: state === 'TERMINATED' ? at : null };
  }

  #put(machine: Machine): Machine {
    this.#machines.set(machine.id, machine);
    return machine;
  }

  #remove({ id, clientToken }: Machine): void {
    this.#machines.delete(id);
    if (clientToken !== null) this.#idByToken.delete(clientToken);
  }

  #countLiving(): number {
    let living = 0;
    for (const { state } of this.#machines.values()) if (state !== 'TERMINATED') living += 1;
    return living;
  }

  #now(): number {
    return this.#input.clock.now();
  }
}
