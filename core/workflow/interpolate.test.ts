import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../json.ts';
import { fillIn, referencesOf } from './interpolate.ts';
import type { Scope } from './interpolate.ts';

const scope: Scope = {
  resource: { name: 'board-7', addresses: ['10.0.0.7'], labels: { arch: 'arm64' } },
  params: { port: 22, isSpare: true, tags: ['a', 'b'], note: '${secrets.root}', nothing: null },
  lease: { id: 'lse_1', holder: 'ann' },
  pool: { name: 'boards' },
  run: { id: 'run_1' },
};

describe('references are filled in, with their types (T3)', () => {
  test.each<[string, Json, Json]>([
    ['a text without any', 'plain', 'plain'],
    ['a name', '${resource.name}', 'board-7'],
    ['inside a text', 'ssh://${resource.name}:${params.port}/', 'ssh://board-7:22/'],
    ['a number stays one', '${params.port}', 22],
    ['a boolean stays one', '${params.isSpare}', true],
    ['a list stays one', '${params.tags}', ['a', 'b']],
    ['nothing stays nothing', '${params.nothing}', null],
    ['an element of a list', '${resource.addresses.0}', '10.0.0.7'],
    ['in lists and objects', { a: ['${lease.id}', { b: '${run.id}' }] }, { a: ['lse_1', { b: 'run_1' }] }],
    ['the characters themselves', 'echo $${HOME}', 'echo ${HOME}'],
    ['what is no text', [1, true, null], [1, true, null]],
  ])('%s', (_what, value, filled) => {
    expect(fillIn(value, scope)).toEqual({ value: filled, secrets: [], faults: [] });
  });

  test.each<[string, string]>([
    ['${params.disk}', 'give the resource, or a profile of it, the parameter "disk"'],
    ['${resource.owner}', '${resource.owner} is not there'],
    ['${params.port.number}', 'is not there'],
    ['${resource.constructor}', 'is not there'],
    ['a ${params.tags}', 'is a list, which cannot stand inside a text'],
    ['${what.ever}', 'starts with none of resource, params'],
    ['${params}', 'is no reference'],
    ['${params.a b}', 'is no reference'],
    ['${params.port', 'is not closed'],
  ])('%s is a fault', (text, message) => {
    const { faults } = fillIn({ run: [text] }, scope);
    expect(faults).toEqual([{ pointer: '/run/0', message: expect.stringContaining(message) }]);
  });

  test('a move without a lease says that there is none', () => {
    const [fault] = fillIn('${lease.id}', { ...scope, lease: undefined }).faults;
    expect(fault?.message).toContain('no lease is part of this move');
  });
});

describe('secrets are named and not opened (T4)', () => {
  test('a text that names one becomes null, with its parts beside it', () => {
    expect(fillIn({ env: { 'a/b': 'Bearer ${secrets.token} for ${params.port}' } }, scope)).toEqual({
      value: { env: { 'a/b': null } },
      secrets: [{ pointer: '/env/a~1b', parts: ['Bearer ', { secret: 'token' }, ' for ', '22'] }],
      faults: [],
    });
  });

  test('a parameter that reads like a reference stays the text that it is', () => {
    expect(fillIn('${params.note}', scope)).toEqual({ value: '${secrets.root}', secrets: [], faults: [] });
  });

  test('no parameter, whatever it holds, names a secret', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, around) => {
        const safe = around.replaceAll('$', '');
        const { secrets, faults } = fillIn(`${safe}\${params.x}${safe}`, { ...scope, params: { x: value } });
        expect([secrets, faults]).toEqual([[], []]);
      }),
    );
  });
});

test('what a document refers to is known before anything is filled in (T3)', () => {
  const { references, faults } = referencesOf({ a: '${params.x} ${secrets.y.z}', b: ['$${no}', '${odd}'] });
  expect(references.map(({ root, path }) => [root, ...path])).toEqual([
    ['params', 'x'],
    ['secrets', 'y', 'z'],
  ]);
  expect(faults).toEqual([{ pointer: '/b/1', message: expect.stringContaining('is no reference') }]);
});

test('what is nested without end is a fault, not an endless walk (T3)', () => {
  let deep: Json = '${params.port}';
  for (let depth = 0; depth < 40; depth += 1) deep = [deep];
  expect(fillIn(deep, scope).faults[0]?.message).toContain('nested more than');
});
