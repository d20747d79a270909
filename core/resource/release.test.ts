import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import type { PoolSpec } from '../model/pool.ts';
import type { ReleaseSpec } from '../model/transition.ts';
import type { TurnoverRecord } from '../model/turnover.ts';
import { checkWorld } from '../world/check-world.ts';

/** A board that is wiped and looked at when it comes back, and was just given back by ann. */
function released(release: ReleaseSpec = { clean: 'wipe', verify: 'look' }, spec: Partial<PoolSpec> = {}) {
  const t = new TestWorld();
  t.workflow('collect', [{ name: 'logs' }]);
  t.workflow('wipe', [{ name: 'erase' }]);
  t.workflow('look', [{ name: 'empty' }]);
  // Only what is made can be replaced.
  if (spec.recycle === 'replace') t.sizedPool('boards', { desired: 1 }, { on: { release }, ...spec });
  else t.staticPool('boards', [{}], { on: { release }, ...spec });
  t.finishJobs();
  const lease = t.request('ann', 'boards');
  const id = lease.status === 'queued' ? '' : (lease.members[0]?.resource as string);
  t.end(lease);
  return { t, id, lease };
}

function recordsOf(t: TestWorld, act: () => void): TurnoverRecord[] {
  const records: TurnoverRecord[] = [];
  const real = t.decide.bind(t);
  t.decide = (command) => {
    const decision = real(command);
    for (const { jws } of decision.records) records.push(JSON.parse(jws) as TurnoverRecord);
    expect(checkWorld(t.world)).toEqual([]);
    return decision;
  };
  act();
  return records;
}

const act = (t: TestWorld, resource: string, action: 'retry' | 'skip' | 'retire' | 'quarantine' | 'hold') =>
  t.do({ type: 'actOnResource', resource, action, reason: 'I looked', by: 'olga' });

describe('a resource is free only when what releases it has passed (T1)', () => {
  test('it is cleaned, then verified, then free, with a record that says so (T2)', () => {
    const { t, id, lease } = released({ workflow: 'collect', clean: 'wipe', verify: 'look' });
    expect(t.resource(id)).toMatchObject({ status: 'cleaning', leaseId: null });
    const [record, ...more] = recordsOf(t, () => {
      for (const name of ['logs', 'erase', 'empty']) {
        expect(t.run(id).steps[t.run(id).at]?.name).toBe(name);
        expect(t.resource(id).status).toBe('cleaning');
        t.finishStep(id);
      }
    });
    expect(t.resource(id)).toMatchObject({ status: 'free', run: null, turnover: null });
    expect(more).toEqual([]);
    expect(record).toMatchObject({
      number: 1,
      previous: null,
      epoch: 1,
      lease: lease.id,
      holder: 'ann',
      verdict: 'verified',
      steps: [
        { phase: 'workflow', name: 'logs', outcome: 'passed', attempts: 1, exitCode: 0 },
        { phase: 'clean', name: 'erase', outcome: 'passed' },
        { phase: 'verify', name: 'empty', outcome: 'passed' },
      ],
    });
  });

  test('each record follows the one before it (T2)', () => {
    const { t, id } = released({ clean: 'wipe' });
    const records = recordsOf(t, () => {
      t.finishJobs();
      t.end(t.request('bob', 'boards'));
      t.finishJobs();
    });
    const hash = t.resource(id).chain?.hash;
    expect(records.map(({ number, epoch, holder, verdict }) => ({ number, epoch, holder, verdict }))).toEqual(
      [
        { number: 1, epoch: 1, holder: 'ann', verdict: 'cleaned' },
        { number: 2, epoch: 2, holder: 'bob', verdict: 'cleaned' },
      ],
    );
    expect(records[1]?.previous).not.toBeNull();
    expect(records[1]?.previous).not.toBe(hash);
  });

  test('a step that fails holds it, with the step, the run and why; nobody gets it', () => {
    const { t, id } = released();
    const waiting = t.request('bob', 'boards');
    t.finishStep(id);
    t.finishStep(id, { isPassed: false, exitCode: 1, error: 'found notes.txt' });
    expect(t.resource(id)).toMatchObject({
      status: 'cleaning',
      hold: {
        step: 'empty',
        run: t.run(id).id,
        reason: 'step "empty" of workflow "look" failed: found notes.txt',
        since: t.now,
      },
    });
    expect(t.run(id).status).toBe('held');
    expect(t.world.jobs.size).toBe(0);
    expect(t.lease(waiting.id).status).toBe('queued');
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('a verification that looked at nothing proves nothing', () => {
    const { t, id } = released({ clean: 'wipe' });
    t.finishJobs();
    t.workflow('look', [{ name: 'empty', if: 'labels.arch == "arm"' }]);
    t.do({ type: 'putPool', name: 'boards', merge: true, spec: { on: { release: { verify: 'look' } } } });
    t.end(t.request('ann', 'boards'));
    expect(t.resource(id)).toMatchObject({ status: 'cleaning', hold: { step: null } });
    expect(t.resource(id).hold?.reason).toContain('nothing proves that it is clean');
    expect(refusalOf(() => act(t, id, 'skip')).message).toContain('No step has failed');
  });
});

describe('a step is tried as often as its workflow says (T5)', () => {
  test('its retries have one job, whose id stays the same; a result for another job is refused', () => {
    const { t, id } = released();
    t.workflow('wipe', [{ name: 'erase', retries: 2 }]);
    t.finishJobs();
    t.end(t.request('ann', 'boards'));
    const job = t.world.jobOfResource.get(id) as string;
    for (const attempts of [1, 2]) {
      t.finishStep(id, { isPassed: false, error: 'busy' });
      expect(t.world.jobs.get(job)).toMatchObject({ attempts, lastError: 'busy' });
      expect(t.world.jobs.get(job)?.notBefore).toBeGreaterThan(t.now);
    }
    t.finishStep(id, { isPassed: false, error: 'busy' });
    expect(t.resource(id).hold?.step).toBe('erase');
    const late = t.do({
      type: 'finishJob',
      job,
      outcome: { result: 'stepped', step: { ...t.run(id).steps[0]?.report, isPassed: true } as never },
    });
    expect(late).toEqual({ isAccepted: false });
    act(t, id, 'retry');
    expect(t.world.jobOfResource.get(id)).not.toBe(job);
  });

  test('after the pauses that its workflow names, of which the last one lasts', () => {
    const { t, id } = released();
    t.workflow('wipe', [{ name: 'erase', onFailure: 'retry', pausesMs: [60_000, 300_000] }]);
    t.finishJobs();
    t.end(t.request('ann', 'boards'));
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      t.finishStep(id, { isPassed: false, error: 'busy' });
      const job = t.world.jobs.get(t.world.jobOfResource.get(id) as string);
      pauses.push((job?.notBefore ?? 0) - t.now);
    }
    expect(pauses).toEqual([60_000, 300_000, 300_000, 300_000]);
  });

  test('input that can never do is not tried again', () => {
    const { t, id } = released();
    t.workflow('wipe', [{ name: 'erase', retries: 5 }]);
    t.finishJobs();
    t.end(t.request('ann', 'boards'));
    t.finishStep(id, { isPassed: false, mayRetry: false, error: 'no such program' });
    expect(t.resource(id).hold?.step).toBe('erase');
  });

  test.each([
    ['retry', { status: 'cleaning', hold: null }],
    ['quarantine', { status: 'quarantined', run: null }],
    ['retire', { status: 'exiting', run: null }],
  ] as const)('onFailure: %s', (onFailure, becomes) => {
    const { t, id } = released();
    t.workflow('wipe', [{ name: 'erase', onFailure }]);
    t.finishJobs();
    t.end(t.request('ann', 'boards'));
    t.finishStep(id, { isPassed: false, error: 'no' });
    expect(t.resource(id)).toMatchObject(becomes);
    expect(checkWorld(t.world)).toEqual([]);
  });
});

describe('a person goes on with what is held (T8, T9)', () => {
  function held() {
    const { t, id } = released();
    t.finishStep(id);
    t.finishStep(id, { isPassed: false, error: 'dirty' });
    return { t, id };
  }

  test('a retry goes on at the step that failed, and the record keeps both', () => {
    const { t, id } = held();
    const [record] = recordsOf(t, () => {
      act(t, id, 'retry');
      expect(t.run(id)).toMatchObject({ status: 'running', at: 1 });
      t.finishStep(id);
    });
    expect(record?.verdict).toBe('verified');
    expect(record?.steps.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['erase', 'passed'],
      ['empty', 'failed'],
      ['empty', 'passed'],
    ]);
  });

  test('after its workflow changed, a retry starts again from the first step', () => {
    const { t, id } = held();
    t.workflow('wipe', [{ name: 'erase better' }]);
    act(t, id, 'retry');
    expect(t.run(id)).toMatchObject({ at: 0, status: 'running' });
    expect(t.run(id).steps.map(({ name, report }) => [name, report])).toEqual([
      ['erase better', null],
      ['empty', null],
    ]);
  });

  test('a skip is the word of a person, and the record says whose', () => {
    const { t, id } = held();
    const [record] = recordsOf(t, () => act(t, id, 'skip'));
    expect(t.resource(id).status).toBe('free');
    expect(record?.verdict).toBe('skipped');
    expect(record?.steps.at(-1)).toMatchObject({
      outcome: 'skipped',
      skipped: { by: 'olga', reason: 'I looked' },
      error: 'dirty',
    });
  });

  test('retired, it is proven gone in the end (T10)', () => {
    const { t, id } = held();
    const [record] = recordsOf(t, () => {
      act(t, id, 'retire');
      t.finishJobs();
    });
    expect(record).toMatchObject({ verdict: 'destroyed', holder: 'ann' });
    expect(t.world.runs.size).toBe(0);
  });

  test('quarantined and taken back, it goes through its release again, in the same turnover (T16)', () => {
    const { t, id } = held();
    const [record] = recordsOf(t, () => {
      act(t, id, 'quarantine');
      act(t, id, 'retry');
      expect(t.resource(id).status).toBe('cleaning');
      t.finishJobs();
    });
    expect(record).toMatchObject({ number: 1, holder: 'ann', epoch: 1, verdict: 'verified' });
    expect(record?.steps).toHaveLength(4);
  });

  test('work that is under way can be stopped, and goes on at the same step', () => {
    const { t, id } = released();
    act(t, id, 'hold');
    expect(t.resource(id).hold).toMatchObject({ step: 'erase', reason: 'I looked' });
    expect(t.world.jobs.size).toBe(0);
    act(t, id, 'retry');
    expect(t.run(id)).toMatchObject({ at: 0, status: 'running' });
    expect(checkWorld(t.world)).toEqual([]);
  });
});

describe('what goes is not cleaned, and what is evidence is not touched (T10)', () => {
  test('replaced after use, it is proven gone', () => {
    const { t, id } = released(
      { workflow: 'collect', clean: 'wipe', verify: 'look' },
      { recycle: 'replace' },
    );
    expect(t.run(id).steps.map(({ name }) => name)).toEqual(['logs']);
    const [record] = recordsOf(t, () => void t.finishJobs());
    expect(record).toMatchObject({ verdict: 'destroyed', steps: [{ name: 'logs' }] });
  });

  test('what is to be quarantined is set aside as it came back', () => {
    const { t, id } = released({ clean: 'wipe' });
    t.finishJobs();
    const lease = t.request('ann', 'boards');
    act(t, id, 'quarantine');
    t.end(lease);
    expect(t.resource(id)).toMatchObject({ status: 'quarantined', run: null, turnover: { holder: 'ann' } });
  });

  test('a pool that begins to verify in the middle of a turnover does not make a lie of it', () => {
    const { t, id } = released({ workflow: 'collect', verify: 'look' }, { recycle: 'replace' });
    t.do({ type: 'putPool', name: 'boards', merge: true, spec: { recycle: 'clean' } });
    t.finishJobs();
    expect(t.world.resources.has(id)).toBe(false);
  });
});

describe('a resource rests, and is worn out (T12)', () => {
  test('it is free when its rest is over', () => {
    const { t, id } = released({ clean: 'wipe' }, { cooldownMs: 30_000 });
    t.finishJobs();
    expect(t.resource(id)).toMatchObject({ status: 'cleaning', restsUntil: t.now + 30_000, run: null });
    t.now += 30_000;
    t.do({ type: 'tick' });
    expect(t.resource(id)).toMatchObject({ status: 'free', restsUntil: null });
  });

  test.each<[string, Partial<PoolSpec>]>([
    ['after as many uses as its pool says', { maxUses: 2 }],
    ['at the age that its pool says', { maxAgeMs: 1_500 }],
  ])('it is retired %s', (_when, spec) => {
    const { t, id } = released({ clean: 'wipe' }, spec);
    t.finishJobs();
    expect(t.resource(id).status).toBe('free');
    const lease = t.request('bob', 'boards');
    t.now += 2_000;
    t.end(lease);
    expect(t.resource(id).status).toBe('exiting');
  });
});

test('a caller adds to a release, and never takes its cleaning away (T15)', () => {
  const t = new TestWorld();
  t.workflow('wipe', [{ name: 'erase' }]);
  t.workflow('collect', [{ name: 'logs' }]);
  const [board] = t.staticPool('boards', [{}], { on: { release: { workflow: 'wipe', clean: 'wipe' } } });
  const release = { workflow: 'collect', addParams: { by: '${lease.holder}' }, clean: 'collect' };
  const lease = t.request('ann', 'boards', { on: { release } });
  t.end(lease);
  const run = t.run(board?.id as string);
  expect(run.steps.map(({ phase, workflow }) => [phase, workflow])).toEqual([
    ['workflow', 'collect'],
    ['clean', 'wipe'],
  ]);
  expect(t.resource(board?.id as string).params).toEqual({ by: 'ann' });
});
