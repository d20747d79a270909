import type { Listed, MachineState, Marks, Observation } from '@poolkeeper/core';
import { ProviderGone, ProviderTransient } from '../../../providers/contract.ts';
import type { Provider } from '../../../providers/contract.ts';
import type { Clock } from '../../../timers.ts';

type Call = 'create' | 'destroy' | 'observe' | 'attach' | 'detach' | 'mark';
type Machine = {
  readonly id: string;
  /** The mark of the pool that it is a member of. */
  pool: string | null;
  resource: string | null;
  state: MachineState;
  marks: Marks;
  readonly launchedAt: number;
  readonly number: number;
};

/** A cloud in memory that does what a test says: machines with marks, calls that fail or wait. */
export class ScriptedCloud {
  readonly machines = new Map<string, Machine>();
  /** What calls fail with, until it is taken away; `all` is an outage. */
  readonly failures = new Map<Call | 'all', Error>();
  /** Do machines stay, on their way out, after their end was asked for? */
  holdEnds = false;
  readonly #clock: Clock;
  #next = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A machine that is there without us; with a mark it is a member that nobody knows yet. */
  add({
    id,
    pool = null,
    state = 'RUNNING',
  }: {
    id?: string;
    pool?: string | null;
    state?: MachineState;
  }): Machine {
    const number = this.#next;
    this.#next += 1;
    const machine = {
      id: id ?? `m-${number}`,
      pool,
      resource: null,
      state,
      marks: {},
      launchedAt: this.#clock.now(),
      number,
    };
    this.machines.set(machine.id, machine);
    return machine;
  }

  /** A machine that was being launched is up. */
  run(id: string): void {
    const machine = this.machines.get(id);
    if (machine === undefined) throw new Error(`there is no machine ${id}`);
    machine.state = 'RUNNING';
  }

  /** An outage, or its end. */
  setDown(isDown: boolean): void {
    if (isDown) this.failures.set('all', new ProviderTransient('the cloud does not answer'));
    else this.failures.delete('all');
  }

  /** The cloud as the provider of one pool sees it. `pool`: its mark. */
  providerOf(name: string, pool: string = name): Provider {
    return {
      name,
      driver: 'scripted',
      makes: true,
      create: async ({ resource }) => {
        this.#fail('create');
        const known = [...this.machines.values()].find((machine) => machine.resource === resource.id);
        const machine = known ?? this.add({ pool, state: 'PENDING' });
        machine.resource = resource.id;
        return this.#observationOf(machine);
      },
      destroy: async ({ externalId }) => {
        this.#fail('destroy');
        const machine = this.machines.get(externalId ?? '');
        if (machine === undefined) return 'gone';
        if (this.holdEnds) {
          machine.state = 'TERMINATING';
          return 'going';
        }
        machine.state = 'TERMINATED';
        machine.pool = null;
        return 'gone';
      },
      observe: async () => {
        this.#fail('observe');
        const members = [...this.machines.values()].filter((machine) => machine.pool === pool);
        return members.map((machine): Listed => ({
          ...this.#observationOf(machine),
          resource: machine.resource,
        }));
      },
      members: {
        attach: async ({ externalId, resource }) => {
          const machine = this.#find('attach', externalId);
          machine.pool = pool;
          machine.resource = resource.id;
          return this.#observationOf(machine);
        },
        detach: async ({ externalId }) => {
          const machine = this.#find('detach', externalId);
          machine.pool = null;
          machine.resource = null;
          machine.marks = {};
        },
        mark: async ({ externalId, marks }) => {
          const machine = this.#find('mark', externalId);
          machine.marks = { ...machine.marks, ...marks };
        },
      },
      checkTemplate: () => [],
      [Symbol.asyncDispose]: async () => {},
    };
  }

  #find(call: Call, id: string): Machine {
    this.#fail(call);
    const machine = this.machines.get(id);
    if (machine === undefined || machine.state === 'TERMINATED')
      throw new ProviderGone(`there is no machine ${id}`);
    return machine;
  }

  #fail(call: Call): void {
    const error = this.failures.get(call) ?? this.failures.get('all');
    if (error !== undefined) throw error;
  }

  #observationOf({ id, resource, state, marks, launchedAt, number }: Machine): Observation {
    return {
      resource: resource ?? '',
      externalId: id,
      machine: state,
      liveness: 'LIVE',
      addresses: [`10.0.0.${number}`],
      endpoints: {},
      marks,
      details: {
        launchedAt,
        requestedAt: null,
        publicAddresses: [`198.51.100.${number}`],
        privateAddresses: [`10.0.0.${number}`],
        cloud: 'Scripted',
        region: 'north-1',
        size: 'm1.small',
        metadata: { rack: 'b4' },
      },
    };
  }
}
