import { describe, expect, test } from 'vitest';
import { StagedWorld } from '../testing/stage-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import type { ConfiguredType } from './sync-stages.ts';

function aType(type: string, more: Partial<ConfiguredType> = {}): ConfiguredType {
  return { pool: type, type, initial: 'free', names: [], ...more };
}
const DYNAMIC = { min: 1, max: 2, lifespanMs: null, needs: {}, content: null };
function dynamic(type: string, more: Partial<typeof DYNAMIC> = {}): ConfiguredType {
  return aType(type, { initial: 'dirty', dynamic: { ...DYNAMIC, ...more } });
}
function sync(t: StagedWorld, ...types: ConfiguredType[]) {
  const reply = t.do({ type: 'syncStages', provider: 'hand', types });
  expect(checkWorld(t.world)).toEqual([]);
  return reply;
}
/** Every member, as `pool/name at stage holder`. */
function all(t: StagedWorld): string[] {
  return [...t.world.stagedByName.keys()]
    .map((name) => `${t.member(name)?.pool}/${name} at ${t.at(name)}`)
    .toSorted();
}

describe('a configuration of stages (S9)', () => {
  test('makes pools and their members at the stage where they begin', () => {
    const t = new StagedWorld();
    const reply = sync(
      t,
      aType('a', { names: ['a1', 'a2'] }),
      aType('b', { initial: 'dirty', names: ['b1'] }),
    );
    expect(reply).toEqual({ added: ['a1', 'a2', 'b1'], removed: [], waiting: [] });
    expect(all(t)).toEqual(['a/a1 at free', 'a/a2 at free', 'b/b1 at dirty']);
  });

  test('again changes nothing', () => {
    const t = new StagedWorld();
    const types = [aType('a', { names: ['a1'] }), dynamic('d')];
    sync(t, ...types);
    const again = t.decide({ type: 'syncStages', provider: 'hand', types });
    expect([again.changes, again.events]).toEqual([[], []]);
  });
});
