import { describe, expect, test } from 'vitest';
import type { Job, JobOutcome } from '../model/job.ts';
import type { Observation, Resource } from '../model/resource.ts';
import { KEEPER, observationOf, TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { putDocument } from '../world/world.ts';
import { GOING_POLL_MS, JOB_ATTEMPTS_MAX } from './backoff.ts';

type Kind = Job['kind'] | 'asked destroy';

/** A pool of one member, that is being made or destroyed; or of a machine that a client asked something of. */
function aJob(kind: Kind = 'create'): { t: TestWorld; job: Job; id: string } {
  const t = new TestWorld();
  if (kind === 'attach' || kind === 'detach' || kind === 'mark' || kind === 'asked destroy') {
    putDocument(t.world, 'provider', KEEPER.name, KEEPER);
    t.sizedPool('web', { desired: kind === 'attach' ? 0 : 1 }, { provider: 'keeper' });
    t.finishJobs();
    const asks = {
      attach: { do: 'attach' },
      detach: { do: 'detach', lowersSize: true },
      mark: { do: 'mark', marks: { serviceState: 'IN_SERVICE' } },
      'asked destroy': { do: 'terminate', lowersSize: true },
    } as const;
    const machine = [...t.world.resources.values()][0]?.externalId ?? 'i-7';
    t.do({ type: 'askMember', pool: 'web', machine, ask: asks[kind] });
    const [job] = [...t.world.jobs.values()];
    if (job === undefined) throw new Error('there is no job');
    return { t, job, id: job.resource };
  }
  t.sizedPool('web', { desired: 1 });
  if (kind === 'destroy') {
    t.finishJobs();
    t.do({ type: 'putPool', name: 'web', merge: true, spec: { size: { desired: 0 } } });
  }
  const [job] = [...t.world.jobs.values()];
  if (job?.kind !== kind) throw new Error(`there is no ${kind} job`);
  return { t, job, id: job.resource };
}

function finish(t: TestWorld, job: Job, outcome: JobOutcome) {
  return t.decide({ type: 'finishJob', job: job.id, outcome });
}

function failed(reason: 'transient' | 'exhausted' | 'refused' | 'missing'): JobOutcome {
  return { result: 'failed', reason, error: 'no' };
}

function created(id: string, more: Partial<Observation> = {}): JobOutcome {
  return { result: 'created', observation: { ...observationOf(id), ...more } };
}

type Row = {
  outcome: string;
  make: (id: string) => JobOutcome;
  isAccepted: boolean;
  becomes: string;
  job: string;
};

/** What each outcome makes of the resource and of its job: every kind of job × every outcome. */
const ROWS: Record<Exclude<Kind, 'step'>, Row[]> = {
  create: [
    { outcome: 'up', make: created, isAccepted: true, becomes: 'free', job: 'none' },
    {
      outcome: 'booting',
      make: (id) => created(id, { machine: 'PENDING', liveness: 'BOOTING' }),
      isAccepted: true,
      becomes: 'entering',
      job: 'none',
    },
    {
      outcome: 'unhealthy',
      make: (id) => created(id, { liveness: 'UNHEALTHY' }),
      isAccepted: true,
      becomes: 'entering',
      job: 'none',
    },
    {
      outcome: 'dead on arrival',
      make: (id) => created(id, { machine: 'TERMINATED' }),
      isAccepted: true,
      becomes: 'exiting',
      job: 'destroy',
    },
    {
      outcome: 'rejected',
      make: (id) => created(id, { machine: 'REJECTED' }),
      isAccepted: true,
      becomes: 'exiting',
      job: 'destroy',
    },
    {
      outcome: 'gone',
      make: () => ({ result: 'gone' }),
      isAccepted: false,
      becomes: 'requested',
      job: 'create',
    },
    refused('going', () => ({ result: 'going' }), 'requested', 'create'),
    refused('done', () => ({ result: 'done' }), 'requested', 'create'),
    {
      outcome: 'transient',
      make: () => failed('transient'),
      isAccepted: true,
      becomes: 'requested',
      job: 'create',
    },
    {
      outcome: 'missing',
      make: () => failed('missing'),
      isAccepted: true,
      becomes: 'requested',
      job: 'create',
    },
    {
      outcome: 'exhausted',
      make: () => failed('exhausted'),
      isAccepted: true,
      becomes: 'requested',
      job: 'create',
    },
    {
      outcome: 'refused',
      make: () => failed('refused'),
      isAccepted: true,
      becomes: 'requested, held',
      job: 'none',
    },
  ],
  destroy: [
    {
      outcome: 'gone',
      make: () => ({ result: 'gone' }),
      isAccepted: true,
      becomes: 'not there',
      job: 'none',
    },
    {
      outcome: 'going',
      make: () => ({ result: 'going' }),
      isAccepted: true,
      becomes: 'exiting',
      job: 'destroy',
    },
    refused('created', created, 'exiting', 'destroy'),
    refused('done', () => ({ result: 'done' }), 'exiting', 'destroy'),
    {
      outcome: 'missing',
      make: () => failed('missing'),
      isAccepted: true,
      becomes: 'exiting',
      job: 'destroy',
    },
    {
      outcome: 'transient',
      make: () => failed('transient'),
      isAccepted: true,
      becomes: 'exiting',
      job: 'destroy',
    },
    {
      outcome: 'exhausted',
      make: () => failed('exhausted'),
      isAccepted: true,
      becomes: 'exiting',
      job: 'destroy',
    },
    {
      outcome: 'refused',
      make: () => failed('refused'),
      isAccepted: true,
      becomes: 'exiting, held',
      job: 'none',
    },
  ],
  'asked destroy': [
    counts('gone', () => ({ result: 'gone' }), 'not there', 'none'),
    counts('going', () => ({ result: 'going' }), 'exiting', 'destroy'),
    refused('created', created, 'exiting', 'destroy'),
    refused('done', () => ({ result: 'done' }), 'exiting', 'destroy'),
    ...failures('free'),
  ],
  attach: [
    counts('created', created, 'free', 'none'),
    counts('booting', (id) => created(id, { machine: 'PENDING' }), 'entering', 'none'),
    counts('dead', (id) => created(id, { machine: 'TERMINATED' }), 'not there', 'none'),
    refused('gone', () => ({ result: 'gone' }), 'requested', 'attach'),
    refused('going', () => ({ result: 'going' }), 'requested', 'attach'),
    refused('done', () => ({ result: 'done' }), 'requested', 'attach'),
    ...failures('not there'),
  ],
  detach: [
    counts('done', () => ({ result: 'done' }), 'not there', 'none'),
    refused('created', created, 'exiting', 'detach'),
    refused('gone', () => ({ result: 'gone' }), 'exiting', 'detach'),
    refused('going', () => ({ result: 'going' }), 'exiting', 'detach'),
    ...failures('free'),
  ],
  mark: [
    counts('done', () => ({ result: 'done' }), 'free', 'none'),
    refused('created', created, 'free', 'mark'),
    refused('gone', () => ({ result: 'gone' }), 'free', 'mark'),
    refused('going', () => ({ result: 'going' }), 'free', 'mark'),
    ...failures('free'),
  ],
};

function counts(outcome: string, make: Row['make'], becomes: string, job: string): Row {
  return { outcome, make, isAccepted: true, becomes, job };
}

function refused(outcome: string, make: Row['make'], becomes: string, job: string): Row {
  return { outcome, make, isAccepted: false, becomes, job };
}

/** What a client asked for is tried once, whatever is wrong. */
function failures(becomes: string): Row[] {
  return (['transient', 'exhausted', 'refused', 'missing'] as const).map((reason) =>
    counts(reason, () => failed(reason), becomes, 'none'),
  );
}

function describeResource(resource: Resource | undefined): string {
  if (resource === undefined) return 'not there';
  return resource.hold === null ? resource.status : `${resource.status}, held`;
}

function jobOf(t: TestWorld, id: string): string {
  return t.world.jobs.get(t.world.jobOfResource.get(id) ?? '')?.kind ?? 'none';
}

const KINDS = Object.keys(ROWS) as (keyof typeof ROWS)[];

describe.each(KINDS)('every outcome of a %s job (J1, M4)', (kind) => {
  test.each(ROWS[kind])('$outcome → $becomes, job: $job', ({ make, isAccepted, becomes, job: left }) => {
    const { t, job, id } = aJob(kind);
    expect(finish(t, job, make(id)).reply).toEqual({ isAccepted });
    expect([describeResource(t.world.resources.get(id)), jobOf(t, id)]).toEqual([becomes, left]);
    expect(checkWorld(t.world)).toEqual([]);
  });
});

test('a repeated outcome is without effect (J4)', () => {
  const { t, job, id } = aJob();
  finish(t, job, created(id));
  const again = finish(t, job, created(id));
  expect(again.reply).toEqual({ isAccepted: false });
  expect([again.changes, again.events]).toEqual([[], []]);
});

test('an outcome of a job that another took the place of is without effect (J3, J4)', () => {
  const { t, job, id } = aJob();
  t.do({ type: 'actOnResource', resource: id, action: 'retire', reason: 'test' });
  expect(finish(t, job, created(id)).reply).toEqual({ isAccepted: false });
  expect(t.resource(id).status).toBe('exiting');
  expect(jobOf(t, id)).toBe('destroy');
});

test('a job whose resource changed hands since is not believed (J4)', () => {
  const { t, job, id } = aJob('destroy');
  const stale = { ...job, epoch: job.epoch - 1 };
  expect(stale.epoch).not.toBe(t.resource(id).epoch);
  (t.world.jobs as Map<string, Job>).set(job.id, stale);
  expect(finish(t, job, { result: 'gone' }).reply).toEqual({ isAccepted: false });
  expect(t.resource(id).status).toBe('exiting');
});

test('a failure counts, says why, and waits before the next attempt (J5)', () => {
  const { t, job } = aJob();
  const { events } = finish(t, job, failed('transient'));
  expect(events).toEqual([
    expect.objectContaining({
      type: 'job.failed',
      data: { job: job.id, kind: 'create', attempt: 1, reason: 'transient', error: 'no' },
    }),
  ]);
  expect(t.world.jobs.get(job.id)).toMatchObject({ attempts: 1, notBefore: t.now + 375, lastError: 'no' });
  finish(t, job, failed('transient'));
  expect(t.world.jobs.get(job.id)).toMatchObject({ attempts: 2, notBefore: t.now + 750 });
});

test('trouble that does not end is given up, and held for a person (J6)', () => {
  const { t, job, id } = aJob();
  for (let n = 1; n < JOB_ATTEMPTS_MAX; n += 1) finish(t, job, failed('transient'));
  expect(t.resource(id).hold).toBeNull();
  finish(t, job, failed('transient'));
  expect(t.resource(id).hold).toEqual({ reason: 'create failed: no', since: t.now, step: null, run: null });
  expect(t.world.jobs.size).toBe(0);
});

test('a lack of capacity is waited out, however long (J6)', () => {
  const { t, job, id } = aJob();
  for (let n = 0; n < 3 * JOB_ATTEMPTS_MAX; n += 1) finish(t, job, failed('exhausted'));
  expect(t.resource(id).hold).toBeNull();
  expect(t.world.jobs.get(job.id)?.attempts).toBe(3 * JOB_ATTEMPTS_MAX);
});

test('what is still going is asked again soon, which is no failure (J7)', () => {
  const { t, job } = aJob('destroy');
  const { events } = finish(t, job, { result: 'going' });
  expect(events).toEqual([]);
  expect(t.world.jobs.get(job.id)).toMatchObject({ attempts: 0, notBefore: t.now + GOING_POLL_MS });
});

test('what was made takes over where it is found and how it is', () => {
  const { t, job, id } = aJob();
  const seen = { externalId: 'i-1', addresses: ['10.0.0.7'], endpoints: { http: 'http://10.0.0.7' } };
  const { events } = finish(t, job, created(id, seen));
  expect(t.resource(id)).toMatchObject({ ...seen, machine: 'RUNNING', liveness: 'LIVE', epoch: 0 });
  expect(events.map((event) => event.type)).toEqual(['resource.entered']);
});

test('what was made goes to the one who waits for it, in the same decision (L3)', () => {
  const t = new TestWorld();
  t.sizedPool('web', { min: 0, max: 1, buffer: 0 });
  const lease = t.request('ann', 'web');
  t.finishJobs();
  expect(t.held(lease)).toHaveLength(1);
});
