import { RESOURCE_ACTIONS } from '@poolkeeper/core';
import type { Command, PoolSpec, ProviderSpec, Resource, ResourceAction } from '@poolkeeper/core';
import { accountPool } from './accounts/draw-accounts.ts';
import type { Chance } from './chance.ts';
import { drawWorkflow, WORKFLOW_NAMES } from './draw-moves.ts';
import { drawOrder, drawSize, LABELS } from './plan.ts';
import type { PlannedPool } from './plan.ts';
import type { Scene } from './scene.ts';

/** Members that are registered in one pool at most. */
const REGISTERED_MAX = 5;

/** How often a step may fail before an operator stops it, once faults are over. */
const ATTEMPTS_MAX = 5;

/** Somebody with every right: makes, changes and removes pools, and acts on resources, leases and tokens. */
export class Operator {
  readonly #scene: Scene;
  readonly #chance: Chance;
  #names = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#chance = scene.chance.fork('operator');
  }

  /** Makes the pools of the plan, with their first members: one by one, or by a configuration. */
  setUp(): void {
    if (this.#chance.is(0.5)) return this.configure();
    this.#putWorkflows();
    for (const pool of this.#scene.plan.pools) this.#put(pool);
  }

  /** Removes a pool, or makes one again that was removed. */
  pool(): void {
    const { pools } = this.#scene.plan;
    const isMissing = ({ name }: PlannedPool): boolean => !this.#scene.mirror.documents.pool.has(name);
    const missing = this.#chance.is(0.8) ? pools.find(isMissing) : undefined;
    const planned = missing ?? this.#chance.pick(pools);
    if (isMissing(planned)) this.#put(planned);
    else if (this.#chance.is(0.7)) this.#send({ type: 'removePool', name: planned.name });
    else this.configure();
  }

  /** All pools as they were planned, and their first members as they were at first. */
  configure(): void {
    const pools = this.#scene.plan.pools.map(({ name, spec, members }) => ({
      spec: { ...spec, name },
      resources: members.map((labels, index) => ({
        name: `${name}-${index}`,
        labels: this.#chance.is(0.7) ? labels : this.#chance.pick(LABELS),
      })),
    }));
    // A pool that is left out is given up where the configuration prunes.
    const isPruning = this.#chance.is(0.3) && !this.#hasOthers();
    const named = isPruning ? pools.filter(() => this.#chance.is(0.8)) : pools;
    const names = new Set(named.map(({ spec }) => spec.provider));
    const providers = this.#providers().filter(({ name }) => !isPruning || names.has(name));
    const { workflows } = this.#scene.plan;
    this.#send({ type: 'configure', providers, workflows, pools: named, isPruning, agreed: null });
  }

  /** Changes the size, order, recycling, template or place of a pool. */
  reshape(): void {
    const { name, spec } = this.#chance.pick(this.#scene.plan.pools);
    const makes = spec.size !== undefined;
    const change: Partial<PoolSpec> = {};
    const what = this.#chance.pick(
      makes ? (['size', 'size', 'queue', 'recycle', 'template'] as const) : (['queue', 'parent'] as const),
    );
    if (what === 'parent')
      Object.assign(change, {
        parent: this.#chance.pick([null, ...this.#scene.plan.pools.map((pool) => pool.name)]),
      });
    if (what === 'size') Object.assign(change, { size: drawSize(this.#chance) });
    if (what === 'queue') Object.assign(change, { lease: { queue: drawOrder(this.#chance) } });
    if (what === 'recycle') Object.assign(change, { recycle: this.#chance.pick(['clean', 'replace']) });
    if (what === 'template') {
      const rollout = { atOnce: this.#chance.pick(['25%', 1, 2]) };
      Object.assign(change, { template: { labels: this.#chance.pick(LABELS) }, rollout });
    }
    this.#send({ type: 'putPool', name, merge: true, spec: change });
  }

  register(): void {
    const pools = this.#scene.plan.pools.filter(({ spec }) => spec.size === undefined);
    const { name: pool } = this.#chance.pick(pools);
    const there = [...this.#scene.mirror.documents.resource.values()].filter(
      (resource) => resource.pool === pool,
    ).length;
    if (there >= REGISTERED_MAX) return;
    this.#names += 1;
    this.#send({
      type: 'registerResource',
      pool,
      name: `late-${this.#names}`,
      labels: this.#chance.pick(LABELS),
    });
  }

  /** Holds, retries, skips, quarantines, retires or moves a resource; at times many at once. */
  resource(): void {
    if (this.#chance.is(0.15)) return this.#moveMembers();
    if (this.#chance.is(0.1)) return this.#actOnMany();
    const resource = this.#pickResource();
    if (resource === undefined) return;
    const isSure = this.#chance.is(0.2);
    if (this.#chance.is(0.25)) {
      const pool = this.#chance.pick(this.#scene.plan.pools).name;
      return this.#send({
        type: 'moveResource',
        resource: resource.id,
        pool,
        ...(this.#chance.is(0.3) ? { on: { exit: { workflow: 'again' }, enter: { workflow: 'wipe' } } } : {}),
        ...(isSure ? { version: resource.version } : {}),
      });
    }
    const action = this.#chance.pick(this.#chance.is(0.75) ? sensibleActions(resource) : RESOURCE_ACTIONS);
    const version = isSure || action === 'skip' ? { version: resource.version } : {};
    // Who says that something is gone has made it so: with skip, an operator takes the place of the provider.
    if (action === 'skip' && resource.status === 'exiting') {
      this.#scene.places.get(resource.provider)?.outside.removeForGood(resource.id);
    }
    this.#send({
      type: 'actOnResource',
      resource: resource.id,
      action,
      reason: 'simulated',
      by: 'olga',
      ...version,
    });
  }

  /** Changes a workflow, also in the middle of its runs. */
  workflow(): void {
    const name = this.#chance.pick(WORKFLOW_NAMES);
    this.#send({ type: 'putWorkflow', spec: drawWorkflow(this.#chance, name) });
  }

  /** Says yes or no to a step that waits for it; at times to one that does not. */
  approve(): void {
    const runs = [...this.#scene.mirror.documents.run.values()];
    const waiting = runs.filter(({ steps, at }) => steps[at]?.uses === 'approval');
    const run = this.#chance.find(this.#chance.is(0.9) ? waiting : runs);
    if (run !== undefined) this.#decide(run.id, this.#chance.is(0.8));
  }

  #decide(run: string, isApproved: boolean): void {
    this.#send({ type: 'decideApproval', run, isApproved, by: 'olga', reason: 'simulated' });
  }

  /** Between two pools that are kept by hand, or what is refused. */
  #moveMembers(): void {
    const names = this.#scene.plan.pools.map(({ name }) => name);
    const count = this.#chance.int(1, 3);
    const isAll = this.#chance.is(0.2);
    this.#send({
      type: 'moveMembers',
      direction: this.#chance.pick(['add', 'remove']),
      pool: this.#chance.pick(names),
      ...(this.#chance.is(0.8) ? { other: this.#chance.pick(names) } : {}),
      ...(isAll ? { isAll } : { count, minimum: this.#chance.int(0, count) }),
      ...(this.#chance.is(0.3) ? { match: this.#chance.pick(LABELS) } : {}),
      grant: null,
    });
  }

  #actOnMany(): void {
    const isOne = this.#chance.is(0.7) || this.#hasOthers();
    const pool = isOne ? this.#chance.pick(this.#scene.plan.pools).name : null;
    const isHeld = this.#chance.is(0.3);
    this.#send({
      type: 'actOnResources',
      // Without skip: who says that something is gone has to make it so, and here nobody knows of what it is said.
      action: this.#chance.pick(['hold', 'retry', 'retry', 'quarantine', 'retire']),
      reason: 'simulated',
      query: { ids: null, pool, match: {}, filter: null, status: null, isHeld, grant: null },
      after: null,
      limit: this.#chance.int(1, 4),
      isDryRun: this.#chance.is(0.2),
    });
  }

  relabel(): void {
    const resource = this.#pickResource();
    if (resource === undefined) return;
    const labels = this.#chance.pick(LABELS);
    const isEvictable = this.#chance.is(0.2) ? { isEvictable: this.#chance.is(0.5) } : {};
    this.#send({ type: 'changeTraits', resource: resource.id, labels, ...isEvictable });
  }

  endLease(): void {
    const lease = this.#chance.find(this.#scene.mirror.documents.lease.keys());
    if (lease !== undefined) this.#send({ type: 'endLease', lease, asHolder: null });
  }

  token(): void {
    const token = this.#chance.find(this.#scene.mirror.documents.token.keys());
    if (token !== undefined && this.#chance.is(0.5)) return this.#send({ type: 'revokeToken', token });
    this.#names += 1;
    const expiresAt = this.#chance.is(0.5) ? this.#scene.clock.now() + this.#chance.int(1_000, 60_000) : null;
    const name = `token-${this.#names}`;
    this.#send({
      type: 'createToken',
      name,
      hash: `hash of ${name}`,
      role: 'holder',
      pools: null,
      quota: {},
      expiresAt,
    });
  }

  /** Puts right what only a person can: goes on with what is held, and lets the pools give up members again. */
  tidyUp(): void {
    this.#takeLeaksAway();
    this.#putWorkflows();
    for (const { id, steps, at } of this.#scene.mirror.documents.run.values())
      if (steps[at]?.uses === 'approval') this.#decide(id, true);
    for (const { kind, resource, attempts } of this.#scene.mirror.documents.job.values()) {
      if (kind === 'step' && attempts > ATTEMPTS_MAX)
        this.#send({ type: 'actOnResource', resource, action: 'hold', reason: 'it fails again and again' });
    }
    for (const resource of this.#scene.mirror.documents.resource.values()) {
      if (resource.hold !== null && resource.pool !== accountPool.name) this.#release(resource);
      const isMade = this.#scene.places.get(resource.provider)?.makes === true;
      if (isMade && !resource.isEvictable)
        this.#send({ type: 'changeTraits', resource: resource.id, isEvictable: true });
    }
  }

  /** What a replica made that was halted for long is nobody's: a person who reads of the leak takes it away. */
  #takeLeaksAway(): void {
    const { mirror, places, plan } = this.#scene;
    if (plan.replicas === 1) return;
    for (const { status, provider, resource } of mirror.documents.leak.values())
      if (status === 'leaked') places.get(provider)?.outside.removeForGood(resource);
  }

  /** Mostly a retry helps; what fails again and again is done by the word of a person, or goes. */
  #release({ id, hold }: Resource): void {
    const otherwise = hold?.step === null ? 'retire' : 'skip';
    const action = this.#chance.is(0.7) ? 'retry' : otherwise;
    this.#send({ type: 'actOnResource', resource: id, action, reason: 'tidying up', by: 'olga' });
  }

  /** Ends every lease: a long queue is not what is waited for. */
  endAll(): void {
    for (const lease of this.#scene.mirror.documents.lease.keys())
      this.#send({ type: 'endLease', lease, asHolder: null });
  }

  #pickResource(): Resource | undefined {
    const all = [...this.#scene.mirror.documents.resource.values()];
    return this.#chance.find(
      all.filter(({ pool }) => this.#scene.plan.pools.some(({ name }) => name === pool)),
    );
  }

  /** Are there pools that others look after: those that are handed over by stage, or accounts? */
  #hasOthers(): boolean {
    return this.#scene.plan.types.length > 0 || this.#scene.plan.accounts.length > 0;
  }

  #providers(): ProviderSpec[] {
    return [...this.#scene.places].map(([name, { makes }]) => ({
      name,
      driver: 'simulated',
      makes,
      options: {},
    }));
  }

  #putWorkflows(): void {
    for (const spec of this.#scene.plan.workflows) {
      if (!this.#scene.mirror.documents.workflow.has(spec.name)) this.#send({ type: 'putWorkflow', spec });
    }
  }

  #put({ name, spec, members }: PlannedPool): void {
    this.#putWorkflows();
    for (const provider of this.#providers()) {
      const isMissing = !this.#scene.mirror.documents.provider.has(provider.name);
      if (provider.name === spec.provider && isMissing) this.#send({ type: 'putProvider', spec: provider });
    }
    this.#send({ type: 'putPool', name, spec, merge: false });
    members.forEach((labels, index) =>
      this.#send({ type: 'registerResource', pool: name, name: `${name}-${index}`, labels }),
    );
  }

  #send(command: Command): void {
    const { machine, trace } = this.#scene;
    const what = `operator: ${JSON.stringify(command)}`;
    machine
      .call(what, (keeper) => keeper.ask(command))
      .then(
        () => trace.add(`${what} answered`),
        (error: Error) => trace.add(`${what} ${error.name}`),
      );
  }
}

/** What a person would do with the resource as it is. */
function sensibleActions({ status, hold }: Resource): readonly ResourceAction[] {
  if (hold !== null) return status === 'requested' ? ['retry', 'retire'] : ['retry', 'skip', 'retire'];
  if (status === 'quarantined') return ['retry', 'retry', 'retire'];
  if (status === 'requested' || status === 'entering') return ['hold', 'retire', 'retire'];
  if (status === 'exiting') return ['hold'];
  return ['quarantine', 'retire'];
}
