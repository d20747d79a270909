import { describe, expect, test } from 'vitest';
import { Refusal } from '../errors.ts';
import type { Step, StepKind } from '../model/workflow.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { STEPS_MAX, stepDefaults } from './workflow-faults.ts';

function aStep({ uses = 'exec', ...more }: Partial<Step> = {}): Step {
  return { name: 'clean', uses, ...stepDefaults(uses), ...more };
}

function put(t: TestWorld, ...steps: Step[]) {
  return t.decide({ type: 'putWorkflow', spec: { name: 'wipe', steps } });
}

/** What is wrong, as `pointer: message`. */
function faultsOf(...steps: Step[]): string[] {
  try {
    put(new TestWorld(), ...steps);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.faults.map(({ pointer, message }) => `${pointer}: ${message}`);
  }
  return [];
}

describe('putting a workflow (P11)', () => {
  test('makes it known, changes it with a new version, and does nothing where nothing is new', () => {
    const t = new TestWorld();
    const first = put(t, aStep());
    expect(first.reply).toMatchObject({ name: 'wipe', version: 1, createdAt: t.now });
    expect(first.events).toMatchObject([{ type: 'workflow.changed', data: { name: 'wipe', version: 1 } }]);
    expect(put(t, aStep())).toMatchObject({ changes: [], events: [], reply: { version: 1 } });
    t.now += 1_000;
    expect(put(t, aStep({ retries: 2 })).reply).toMatchObject({ version: 2, createdAt: t.now - 1_000 });
  });

  test('an old version is refused, and so is a version of nothing', () => {
    const t = new TestWorld();
    const spec = { name: 'wipe', steps: [aStep()] };
    expect(refusalOf(() => t.do({ type: 'putWorkflow', spec, version: 1 })).code).toBe('workflow_not_found');
    put(t, aStep());
    expect(refusalOf(() => t.do({ type: 'putWorkflow', spec, version: 2 })).code).toBe('version_mismatch');
  });

  test.each<[string, Partial<Step>, string]>([
    ['a name with a blank', { name: 'a b' }, '/steps/0/name: a step has a name of 1 to 63'],
    ['an unknown kind', { uses: 'shell' as StepKind }, '/steps/0/uses: uses is one of exec, ssh, http'],
    ['half a second', { timeoutMs: 500 }, '/steps/0/timeout: the timeout of a step is from 1s to 1d'],
    ['more than a day', { timeoutMs: 86_400_001 }, '/steps/0/timeout'],
    ['21 retries', { retries: 21 }, '/steps/0/retries: retries is a whole number from 0 to 20'],
    [
      'pauses for no further attempt',
      { pausesMs: [60_000] },
      '/steps/0/pauses: pauses is for further attempts, and there are none: say retries',
    ],
    ['no pauses', { retries: 1, pausesMs: [] }, '/steps/0/pauses: pauses has 1 to 20 entries'],
    [
      'a pause of a blink',
      { retries: 1, pausesMs: [60_000, 99] },
      '/steps/0/pauses/1: a pause between two attempts is from 100ms to 1d',
    ],
    [
      'a question that is asked again',
      { uses: 'approval', with: { message: 'ok?' }, pausesMs: [1_000] },
      '/steps/0/pauses: a step of kind approval is not tried again',
    ],
    ['a broken condition', { if: 'labels.arch ==' }, '/steps/0/if: '],
    ['a condition that is no yes or no', { if: '1 + 1' }, '/steps/0/if: The filter yields a int'],
    [
      'an unknown root',
      { with: { a: ['${resorce.name}'] } },
      '/steps/0/with/a/0: ${resorce.name} starts with none of resource, params',
    ],
    [
      'a reference without an end',
      { with: { a: '${resource.name' } },
      '/steps/0/with/a: a reference is not closed',
    ],
    [
      'a variable of a shell',
      { with: { a: 'rm ${HOME}/x' } },
      '/steps/0/with/a: ${HOME} is no reference; write ${params.name}, or $${',
    ],
    ['a wait without a time', { uses: 'wait' }, '/steps/0/with/for: a wait says how long'],
    [
      'a wait for two days',
      { uses: 'wait', with: { for: '2d' } },
      '/steps/0/with/for: for has to be a duration from 1ms to 1d',
    ],
    [
      'a wait on a runner',
      { uses: 'wait', with: { for: '1s' }, runsOn: { a: 'b' } },
      '/steps/0/runsOn: no runner does a step of kind wait',
    ],
    ['an approval of nothing', { uses: 'approval' }, '/steps/0/with/message: an approval says what is asked'],
    [
      'an approval of too much',
      { uses: 'approval', with: { message: 'x'.repeat(501) } },
      '/steps/0/with/message: message may have 500 characters',
    ],
  ])('%s is a fault with its pointer', (_what, step, fault) => {
    const faults = faultsOf(aStep(step));
    expect(faults.length).toBe(1);
    expect(faults[0]).toContain(fault);
  });

  test.each<[string, Partial<Step>]>([
    [
      'references of every root',
      { with: { a: '${resource.name} ${params.x.y} ${lease.id} ${run.id} ${pool.name} ${secrets.key}' } },
    ],
    ['the characters themselves', { with: { a: '$${HOME} and $(ls) and $x' } }],
    ['a wait whose time is a parameter', { uses: 'wait', with: { for: '${params.pause}' } }],
    ['a day for an approval', { uses: 'approval', with: { message: 'Wipe ${resource.name}?' } }],
    ['a condition', { if: 'labels.arch == "arm64"' }],
  ])('%s is none', (_what, step) => {
    expect(faultsOf(aStep(step))).toEqual([]);
  });

  test('two steps of one name, none at all, and too many are refused', () => {
    expect(faultsOf(aStep(), aStep())).toEqual([
      '/steps/1/name: there is a step "clean" already; choose another name',
    ]);
    expect(faultsOf()).toEqual(['/steps: a workflow has 1 to 50 steps; this one has 0']);
    const many = Array.from({ length: STEPS_MAX + 1 }, (_, index) => aStep({ name: `s${index}` }));
    expect(faultsOf(...many)).toEqual(['/steps: a workflow has 1 to 50 steps; this one has 51']);
  });

  test('everything that is wrong is named at once', () => {
    const faults = faultsOf(aStep({ retries: -1 }), aStep({ name: 'b', timeoutMs: 0, if: '(' }));
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      '/steps/0/retries',
      '/steps/1/timeout',
      '/steps/1/if',
    ]);
  });
});

describe('removing a workflow (P11)', () => {
  test('takes it away where no pool names it', () => {
    const t = new TestWorld();
    put(t, aStep());
    const { events } = t.decide({ type: 'removeWorkflow', name: 'wipe', version: 1 });
    expect(events).toMatchObject([{ type: 'workflow.removed', data: { name: 'wipe' } }]);
    expect(t.world.workflows.has('wipe')).toBe(false);
    expect(refusalOf(() => t.do({ type: 'removeWorkflow', name: 'wipe' })).code).toBe('workflow_not_found');
  });

  test.each([
    { enter: { workflow: 'wipe' } },
    { allocate: { workflow: 'wipe' } },
    { release: { clean: 'wipe' } },
    { release: { verify: 'wipe' } },
    { exit: { workflow: 'wipe' } },
  ])('is refused while a pool names it: %j', (on) => {
    const t = new TestWorld();
    put(t, aStep());
    t.staticPool('boards', [], { on });
    const refused = refusalOf(() => t.do({ type: 'removeWorkflow', name: 'wipe' }));
    expect(refused.code).toBe('workflow_in_use');
    expect(refused.message).toContain('pool boards');
  });

  test('is refused for an old version', () => {
    const t = new TestWorld();
    put(t, aStep());
    put(t, aStep({ retries: 1 }));
    expect(refusalOf(() => t.do({ type: 'removeWorkflow', name: 'wipe', version: 1 })).code).toBe(
      'version_mismatch',
    );
  });
});
