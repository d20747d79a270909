import { decide } from '../decide.ts';
import type { Command, Decision, ReplyTo } from '../decide.ts';
import type { JsonObject } from '../json.ts';
import type { JobKind, JobOutcome, StepOutcome } from '../model/job.ts';
import type { LiveLease } from '../model/lease.ts';
import type { PoolSpec } from '../model/pool.ts';
import type { ProviderEntry } from '../model/provider.ts';
import type { Resource } from '../model/resource.ts';
import type { Run } from '../model/run.ts';
import type { Step } from '../model/workflow.ts';
import { createWorld, putDocument } from '../world/world.ts';
import type { World } from '../world/world.ts';
import type { RequestLease, RequestedItem } from '../lease/request-lease.ts';
import { PLAIN_SEAL } from './plain-seal.ts';

/** `hand` registers what is there, `maker` makes. */
export const TEST_PROVIDERS: readonly ProviderEntry[] = [
  aProvider({ name: 'hand', driver: 'static', makes: false }),
  aProvider({ name: 'maker', driver: 'process', makes: true }),
];

/** Makes, and also takes things in, lets them go and keeps marks on them; put it where a test needs it. */
export const KEEPER = aProvider({ name: 'keeper', driver: 'simulated', makes: true, attaches: true });

export function aProvider(
  spec: Pick<ProviderEntry, 'name' | 'driver' | 'makes'> & Partial<ProviderEntry>,
): ProviderEntry {
  return { options: {}, status: 'open', version: 1, createdAt: 0, ...spec };
}

/** A world for tests: a clock that is set by hand, ids that count, and chance that is always one half. */
export class TestWorld {
  readonly world: World = createWorld();
  now = 1_000_000;
  /** Do decisions leave sizing to later ones? */
  isSizingDeferred = false;
  #nextId = 0;

  constructor() {
    for (const provider of TEST_PROVIDERS) putDocument(this.world, 'provider', provider.name, provider);
  }

  decide<C extends Command>(command: C): Decision<ReplyTo<C>> {
    return decide(this.world, command, {
      now: this.now,
      ...PLAIN_SEAL,
      newId: (prefix) => `${prefix}_${String((this.#nextId += 1)).padStart(8, '0')}`,
      random: () => 0.5,
      isSizingDeferred: this.isSizingDeferred,
    });
  }

  do<C extends Command>(command: C): ReplyTo<C> {
    return this.decide(command).reply;
  }

  /** A pool of registered members named `<name>-1`…, each with the labels given for it. */
  staticPool(
    name: string,
    members: readonly Record<string, string>[],
    spec: Partial<PoolSpec> = {},
  ): Resource[] {
    this.do({ type: 'putPool', name, merge: false, spec: { provider: 'hand', ...spec } });
    return members
      .map((labels, index) =>
        this.do({ type: 'registerResource', pool: name, name: `${name}-${index + 1}`, labels }),
      )
      .map((resource) => this.resource(resource.id));
  }

  sizedPool(name: string, size: NonNullable<PoolSpec['size']>, spec: Partial<PoolSpec> = {}): void {
    this.do({
      type: 'putPool',
      name,
      merge: false,
      spec: { provider: 'maker', size, template: {}, ...spec },
    });
  }

  /** A workflow of steps that are given by what differs from a plain one; puts a new version of one that is there. */
  workflow(name: string, steps: readonly (Partial<Step> & { readonly name: string })[]): void {
    const version = (this.world.workflows.get(name)?.version ?? 0) + 1;
    putDocument(this.world, 'workflow', name, {
      name,
      steps: steps.map(aStep),
      version,
      createdAt: this.now,
    });
  }

  profile(name: string, params: JsonObject): void {
    putDocument(this.world, 'profile', name, { name, params, version: 1, createdAt: this.now });
  }

  /** What one attempt at the step that a resource is at comes to. */
  finishStep(resource: string, outcome: Partial<StepOutcome> = {}): { isAccepted: boolean } {
    const job = this.world.jobOfResource.get(resource);
    if (job === undefined) throw new Error(`resource ${resource} has no job`);
    return this.do({ type: 'finishJob', job, outcome: { result: 'stepped', step: anOutcome(outcome) } });
  }

  /** The run that a resource is in. */
  run(resource: string): Run {
    const run = this.world.runs.get(this.resource(resource).run ?? '');
    if (run === undefined) throw new Error(`resource ${resource} is in no run`);
    return run;
  }

  /** Has every job that waits succeed, until none is left. Answers how many there were. */
  finishJobs(): number {
    let finished = 0;
    for (; this.world.jobs.size > 0; finished += 1) {
      const [job] = this.world.jobs.values();
      if (job === undefined) break;
      this.do({
        type: 'finishJob',
        job: job.id,
        outcome: SUCCESSES[job.kind](job.resource),
      });
    }
    return finished;
  }

  request(
    holder: string,
    items: string | readonly RequestedItem[],
    more: Partial<RequestLease> = {},
  ): LiveLease {
    const list = typeof items === 'string' ? [{ pool: items, count: 1 }] : items;
    const { id } = this.do({ type: 'requestLease', holder, items: list, ...more });
    return this.lease(id);
  }

  end(lease: { id: string }): void {
    this.do({ type: 'endLease', lease: lease.id, asHolder: null });
  }

  lease(id: string): LiveLease {
    const lease = this.world.leases.get(id);
    if (lease === undefined) throw new Error(`lease ${id} is not live`);
    return lease;
  }

  resource(id: string): Resource {
    const resource = this.world.resources.get(id);
    if (resource === undefined) throw new Error(`resource ${id} is not there`);
    return resource;
  }

  /** Names of the resources that a lease holds, in order of their names; what is set aside is not held. */
  held(lease: { id: string }): string[] {
    const live = this.lease(lease.id);
    return live.status === 'queued' ? [] : live.members.map((member) => member.name).toSorted();
  }
}

/** What becomes of a job that succeeds. */
const SUCCESSES: Record<JobKind, (resource: string) => JobOutcome> = {
  create: (resource) => ({ result: 'created', observation: observationOf(resource) }),
  destroy: () => ({ result: 'gone' }),
  step: () => ({ result: 'stepped', step: anOutcome() }),
  attach: (resource) => ({ result: 'created', observation: observationOf(resource) }),
  detach: () => ({ result: 'done' }),
  mark: () => ({ result: 'done' }),
};

export function aStep(step: Partial<Step> & { readonly name: string }): Step {
  return {
    uses: 'exec',
    with: { command: ['true'] },
    timeoutMs: 60_000,
    retries: 0,
    if: null,
    onFailure: 'hold',
    runsOn: {},
    ...step,
  };
}

/** An attempt that passed, unless the test says otherwise. */
export function anOutcome(outcome: Partial<StepOutcome> = {}): StepOutcome {
  return {
    isPassed: true,
    mayRetry: true,
    startedAt: 0,
    endedAt: 0,
    exitCode: 0,
    outputDigest: 'ab'.repeat(32),
    outputBytes: 2,
    evidence: null,
    error: null,
    ...outcome,
  };
}

/** What a provider says about a machine that is up. */
export function observationOf(resource: string): {
  resource: string;
  externalId: string;
  machine: 'RUNNING';
  liveness: 'LIVE';
  addresses: string[];
  endpoints: Record<string, string>;
} {
  return {
    resource,
    externalId: `ext-${resource}`,
    machine: 'RUNNING',
    liveness: 'LIVE',
    addresses: [],
    endpoints: {},
  };
}
