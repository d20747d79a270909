import { expect, test } from 'vitest';
import { TestWorld } from '../testing/world-builder.ts';

test.each(['0s', '400d'])(
  'a wait whose time comes from a parameter has the bounds of any other: %s',
  (time) => {
    const t = new TestWorld();
    t.workflow('rest', [{ name: 'wait', uses: 'wait', with: { for: '${params.time}' } }]);
    t.staticPool('boards', [], { on: { enter: { workflow: 'rest' } } });
    const { id } = t.do({ type: 'registerResource', pool: 'boards', name: 'b', params: { time } });
    expect(t.resource(id).hold?.reason).toContain('for has to be a duration from 1ms to');
  },
);

test('what steps come to with their parameters filled in has a bound', () => {
  const t = new TestWorld();
  const many = Array.from({ length: 100 }, () => '${params.text}');
  t.workflow('long', [{ name: 'write', with: { command: many } }]);
  t.staticPool('boards', [], { on: { enter: { workflow: 'long' } } });
  const params = { text: 'x'.repeat(15_000) };
  const { id } = t.do({ type: 'registerResource', pool: 'boards', name: 'b', params });
  expect(t.resource(id).hold?.reason).toContain('more than 512 KiB');
  expect(t.run(id).steps).toEqual([]);
});
