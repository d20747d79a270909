import { describe, expect, test } from 'vitest';
import { cleanPath } from '../clean-path.ts';
import { goMap, goText, goTime, readUserData } from './go-json.ts';
import { parseQuery } from './query.ts';

describe('JSON as Go writes it', () => {
  test.each([
    ['<a href="x">&</a>', '"\\u003ca href=\\"x\\"\\u003e\\u0026\\u003c/a\\u003e"'],
    ['\u2028\u2029', '"\\u2028\\u2029"'],
    ['tab\tline\nJürgen', '"tab\\tline\\nJürgen"'],
  ])('%s', (text, json) => expect(goText(text)).toBe(json));

  test('maps are sorted by the bytes of their keys, numbers too', () => {
    const keys = ['b', '9', '10', '\u{10000}', '\uffff', 'a', ''];
    expect(Object.keys(JSON.parse(goMap(keys.map((key) => [key, 1]))) as object)).toHaveLength(7);
    expect(goMap(keys.map((key) => [key, 1]))).toBe(
      '{"":1,"10":1,"9":1,"a":1,"b":1,"\uffff":1,"\u{10000}":1}',
    );
  });

  test.each([
    ['2026-06-01T10:00:00.000Z', '2026-06-01T10:00:00Z'],
    ['2026-06-01T10:00:00.120Z', '2026-06-01T10:00:00.12Z'],
    ['2026-06-01T10:00:00.007Z', '2026-06-01T10:00:00.007Z'],
  ])('the instant %s is %s', (at, text) => expect(goTime(Date.parse(at))).toBe(text));
});

describe('user data', () => {
  test('brackets and quotes in texts do not end a value', () => {
    expect(readUserData('{"a}]":"\\"{[\\\\"}}}')).toEqual({ 'a}]': '"{[\\' });
  });

  test('halves of characters become the sign for what cannot be read', () => {
    expect(readUserData('{"a":"\\ud800"}')).toEqual({ a: '\ufffd' });
  });

  test.each(['{', '{"a":"b"', '["a"', '"a', '{"a'])('%s ends too soon', (text) => {
    expect(() => readUserData(text)).toThrow('unexpected EOF');
  });

  test.each(['a', '{"a":}', '}', '{a:"b"}', '\ufeff{}', "{'a':'b'}"])('%s is not JSON', (text) => {
    expect(() => readUserData(text)).toThrow('the body is not JSON');
  });
});

describe('a query', () => {
  test.each([
    ['a=1&a=2', '1'],
    ['a=&a=2', ''],
    ['b=1', ''],
    ['a', ''],
    ['', ''],
    ['a=x+y%2B%20z', 'x y+ z'],
    ['a=x=y', 'x=y'],
    ['a=%zz&a=2', '2'],
    ['a=1;b=2', ''],
    ['%61=1', '1'],
    ['a=%ff', '\ufffd'],
    ['a=J%C3%BCrgen', 'Jürgen'],
    ['&&a=1&', '1'],
  ])('%s says %s', (text, value) => expect(parseQuery(text)('a')).toBe(value));
});

test.each([
  ['/acquire', '/acquire'],
  ['//acquire', '/acquire'],
  ['/acquire/', '/acquire/'],
  ['/a//', '/a/'],
  ['/./a', '/a'],
  ['/a/../b', '/b'],
  ['/../..', '/'],
  ['/a/..', '/'],
  ['/a/.', '/a'],
  ['/.well-known', '/.well-known'],
  ['/a..b/...', '/a..b/...'],
])('the path %s is %s when it is clean', (path, clean) => expect(cleanPath(path)).toBe(clean));
