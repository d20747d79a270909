import { describe, expect, test } from 'vitest';
import type { Refusal } from '../errors.ts';
import type { PoolSpec } from '../model/pool.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { stepDefaults } from '../workflow/workflow-faults.ts';

function aWorld(): TestWorld {
  const t = new TestWorld();
  const step = { name: 'look', uses: 'exec', ...stepDefaults('exec') } as const;
  for (const name of ['wipe', 'install']) t.do({ type: 'putWorkflow', spec: { name, steps: [step] } });
  t.do({ type: 'putProfile', spec: { name: 'fast', params: {} } });
  return t;
}

const put = (t: TestWorld, spec: Partial<PoolSpec>) => () => t.staticPool('boards', [], spec);

describe('transitions of a pool (P11)', () => {
  test('name workflows and profiles that are there', () => {
    const t = aWorld();
    const on = {
      enter: { workflow: 'install', addProfiles: ['fast'] },
      release: { clean: 'wipe', verify: 'wipe', removeParams: ['lease'] },
      exit: { removeProfiles: ['fast'] },
      allocate: { addParams: { lease: '${lease.id}', of: ['${params.owner}'] } },
    };
    put(t, { on })();
    expect(t.world.pools.get('boards')?.pool.on).toEqual(on);
  });

  test('name nothing else; the fault says where, and what was probably meant', () => {
    const t = aWorld();
    const refused = refusalOf(put(t, { on: { release: { clean: 'wpie' } } }));
    expect(refused).toEqual({
      code: 'workflow_not_found',
      at: '/on/release/clean',
      message: 'there is no workflow "wpie"; did you mean "wipe"?',
    });
    const profile = refusalOf(put(t, { on: { enter: { addProfiles: ['fast', 'sparse'] } } }));
    expect(profile).toMatchObject({ code: 'profile_not_found', at: '/on/enter/addProfiles/1' });
  });

  test('are refused with all that is wrong with them', () => {
    const t = aWorld();
    try {
      put(t, { on: { enter: { workflow: 'a' }, exit: { workflow: 'b', addParams: { c: '${d.e}' } } } })();
      expect.fail('not refused');
    } catch (error) {
      expect((error as Refusal).faults.map(({ pointer }) => pointer)).toEqual([
        '/on/enter/workflow',
        '/on/exit/workflow',
        '/on/exit/addParams/c',
      ]);
    }
  });

  test('put no secret into a parameter, which holders see', () => {
    const refused = refusalOf(put(aWorld(), { on: { allocate: { addParams: { key: '${secrets.root}' } } } }));
    expect(refused).toMatchObject({ code: 'invalid_input', at: '/on/allocate/addParams/key' });
    expect(refused.message).toContain('the secret "root" may stand in the "with" of a step alone');
  });
});

describe('what a pool says of the ends of its members', () => {
  test.each<[Partial<PoolSpec>, string]>([
    [{ cooldownMs: -1 }, '/cooldown'],
    [{ maxUses: 0 }, '/maxUses'],
    [{ maxUses: 1.5 }, '/maxUses'],
    [{ maxAgeMs: 0 }, '/maxAge'],
  ])('%j is refused', (spec, at) => {
    expect(refusalOf(put(new TestWorld(), spec))).toMatchObject({ code: 'invalid_input', at });
  });

  test('is kept as it was said', () => {
    const t = new TestWorld();
    const spec = { cooldownMs: 30_000, maxUses: 200, maxAgeMs: 86_400_000 };
    put(t, spec)();
    expect(t.world.pools.get('boards')?.pool).toMatchObject(spec);
  });
});
