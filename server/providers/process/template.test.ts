import { expect, test } from 'vitest';
import { readTemplate } from './template.ts';

test('a template is read with its defaults', () => {
  expect(readTemplate({ command: ['node', 'server.js'] })).toEqual({
    template: {
      command: ['node', 'server.js'],
      env: {},
      ready: null,
      readyTimeoutMs: 30_000,
      stopTimeoutMs: 10_000,
    },
  });
});

test('a template is read in full; labels and params are left to the core', () => {
  const template = {
    command: ['./run'],
    env: { MODE: 'test', EMPTY: '' },
    ready: { http: '/healthz?deep=1' },
    readyTimeout: '1m',
    stopTimeout: 'PT5S',
    labels: { arch: 'arm64' },
    params: { ram: 8 },
  };
  expect(readTemplate(template)).toEqual({
    template: {
      command: ['./run'],
      env: { MODE: 'test', EMPTY: '' },
      ready: { kind: 'http', path: '/healthz?deep=1' },
      readyTimeoutMs: 60_000,
      stopTimeoutMs: 5_000,
    },
  });
});

test.each([
  ['no template', null, ['']],
  ['an empty one', {}, ['/command']],
  ['a command that is a text', { command: 'node server.js' }, ['/command']],
  ['an argument that is no text', { command: ['node', 8080] }, ['/command/1']],
  ['a NUL', { command: ['node', 'a\0b'] }, ['/command/1']],
  ['too many arguments', { command: Array.from({ length: 257 }, () => 'x') }, ['/command']],
  ['an unknown member', { command: ['x'], cwd: '/', 'a/b': 1 }, ['/cwd', '/a~1b']],
  ['a list as environment', { command: ['x'], env: ['A=1'] }, ['/env']],
  ['a wrong name', { command: ['x'], env: { '1A': 'x', 'A-B': 'x' } }, ['/env/1A', '/env/A-B']],
  ['names that are given', { command: ['x'], env: { PORT: '1', HOST: 'x' } }, ['/env/PORT', '/env/HOST']],
  ['our own names', { command: ['x'], env: { POOLKEEPER_TOKEN: 'x' } }, ['/env/POOLKEEPER_TOKEN']],
  ['a number as value', { command: ['x'], env: { LEVEL: 3 } }, ['/env/LEVEL']],
  ['two checks', { command: ['x'], ready: { http: '/', tcp: true } }, ['/ready']],
  ['tcp: false', { command: ['x'], ready: { tcp: false } }, ['/ready']],
  ['a path without a slash', { command: ['x'], ready: { http: 'healthz' } }, ['/ready/http']],
  ['a path with a space', { command: ['x'], ready: { http: '/a b' } }, ['/ready/http']],
  [
    'no durations',
    { command: ['x'], readyTimeout: 30, stopTimeout: 'soon' },
    ['/readyTimeout', '/stopTimeout'],
  ],
  ['a duration that is too long', { command: ['x'], readyTimeout: '61m' }, ['/readyTimeout']],
  ['labels that are no texts', { command: ['x'], labels: { ram: 8 }, params: [] }, ['/params', '/labels']],
])('%s is refused by member', (_what, template, pointers) => {
  const checked = readTemplate(template);
  expect('faults' in checked ? checked.faults.map(({ pointer }) => pointer) : []).toEqual(pointers);
});
