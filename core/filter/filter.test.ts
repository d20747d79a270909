import { describe, expect, test } from 'vitest';
import { Refusal } from '../errors.ts';
import { compileFilter, FILTER_LENGTH_MAX } from './filter.ts';
import type { FilterSubject } from './filter.ts';

const subject: FilterSubject = {
  name: 'board-7',
  kind: 'machine',
  labels: { arch: 'arm64', site: 'lab-2' },
  params: { ram: 64, load: 0.5, tags: ['fast', 'quiet'], disk: { size: 500 }, isSpare: true },
  addresses: ['10.0.0.7'],
};

function faultOf(text: string): { code: string; pointer: string; message: string } {
  try {
    compileFilter(text, '/items/0/filter');
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const [fault] = error.faults;
    return { code: error.code, pointer: fault?.pointer ?? '', message: fault?.message ?? '' };
  }
  throw new Error(`accepted: ${text}`);
}

describe('a filter answers of one resource whether it fits (L20)', () => {
  test.each([
    ['true', true],
    ['params.ram >= 64', true],
    ['params.ram > 64', false],
    ['params.ram >= 63.5', true],
    ['params.load < 1', true],
    ['params["ram"] == 64', true],
    ['params.disk.size >= 500', true],
    ['params.isSpare', true],
    ['labels.arch == "arm64" && params.ram >= 16', true],
    ["labels.arch == 'arm64' || labels.arch == 'x86'", true],
    ['labels.site != "lab-2"', false],
    ['labels.site.startsWith("lab-")', true],
    ['name.endsWith("-7") && kind == "machine"', true],
    ['name in ["board-6", "board-7"]', true],
    ['"fast" in params.tags', true],
    ['params.tags.exists(tag, tag.contains("qui"))', true],
    ['params.tags.all(tag, size(tag) == 4)', false],
    ['addresses.size() == 1', true],
    ['has(labels.arch) && !has(labels.owner)', true],
    ['"site" in labels', true],
    ['int(params.ram) % 2 == 0 ? true : false', true],
  ])('%s → %s', (text, fits) => {
    expect(compileFilter(text)(subject)).toBe(fits);
  });

  test.each([
    'params.cores >= 4',
    'labels.owner == "ann"',
    'labels.owner != "ann"',
    'params.disk.kind.speed > 1',
    'params.ram >= "16"',
    'params.ram',
    'params.nothing',
    'params.tags.exists(tag, tag > 1)',
  ])('a resource that lacks what %s reads, or has it of another type, does not fit', (text) => {
    expect(compileFilter(text)(subject)).toBe(false);
  });

  test.each([
    'has(labels.constructor)',
    '"toString" in labels',
    'labels.constructor != ""',
    'labels["__proto__"] != ""',
    'has(params.hasOwnProperty)',
    'params.constructor.name == "Object"',
    'params.__proto__ != 1',
    'params.tags.constructor != 1',
  ])('names of the language below are no members: %s', (text) => {
    expect(compileFilter(text)(subject)).toBe(false);
  });

  test('a label that hides a member of every object makes no filter fail, and none accept by accident', () => {
    const odd = { ...subject, labels: { constructor: 'x' } };
    expect(compileFilter('labels.constructor == "y"')(odd)).toBe(false);
    expect(compileFilter('params.ram == 64')(odd)).toBe(true);
  });
});

describe('a filter that cannot be used is refused, with the character that is wrong (L20)', () => {
  test.each([
    ['', 'empty', undefined],
    ['   ', 'empty', undefined],
    ['params.ram >=', 'Unexpected token', 14],
    ['params.ram >= 16 &&& true', 'Unexpected', 20],
    ['true)', 'Unexpected', 5],
    ['"open', 'string', 1],
    ['owner == "ann"', 'Unknown variable: owner', 1],
    ['params.ram > 1 && owner', 'Unknown variable: owner', 19],
    ['labels.arch == 1', 'no such overload', 1],
    ['1 + 1', 'yields a int', undefined],
    ['name', 'yields a string', undefined],
    ['nonsense(name)', 'nonsense() is not offered', 1],
  ])('%j: %s', (text, reason, character) => {
    const fault = faultOf(text);
    expect(fault).toMatchObject({ code: 'invalid_filter', pointer: '/items/0/filter' });
    expect(fault.message).toContain(reason);
    expect(/at character (\d+)/.exec(fault.message)?.[1]).toBe(character?.toString());
  });
});

describe('what a filter can cost is bounded before it is run (L20)', () => {
  test.each([
    ['its length', `name == "${'x'.repeat(FILTER_LENGTH_MAX)}"`, 'longer than 1024 characters'],
    ['its nodes', Array.from({ length: 120 }, (_, n) => `${n}==1`).join('||'), 'maxAstNodes (200)'],
    ['its depth', `${'('.repeat(40)}true${')'.repeat(40)} && ${'!'.repeat(60)}true`, 'maxDepth (24)'],
    ['its lists', `1 in [${'1,'.repeat(120)}1]`, 'maxListElements (100)'],
    ['regular expressions', 'name.matches("(a+)+$")', 'matches() is not offered'],
    ['a walk in a walk', 'params.tags.all(a, params.tags.exists(b, a == b))', 'exists() inside another walk'],
    [
      'a walk in a walk, whatever stands between them',
      'params.tags.all(a, size(params.tags.filter(b, a == b)) > 0)',
      'filter() inside another walk',
    ],
    ['a walk over a walk', 'params.tags.map(a, a + a).map(a, a + a).size() == 1', 'inside another walk'],
    ['parts with names', 'cel.bind(a, name + name, cel.bind(b, a + a, b != ""))', 'bind() is not offered'],
    ['split', 'size("aaaa".split("")) > 1', 'split() is not offered'],
    ['join', `size(addresses${'.join("0123456789")'}) > 1`, 'join() is not offered'],
    [
      'a text that grows tenfold with each link of a chain',
      `size("aaaaaaaaaa"${'.split("").join("aaaaaaaaaa")'.repeat(9)}) > 0`,
      'is not offered',
    ],
  ])('%s', (_what, text, reason) => {
    expect(faultOf(text)).toMatchObject({ code: 'invalid_filter', message: expect.stringContaining(reason) });
  });

  test('a filter is compiled once, however often it is asked for', () => {
    const text = 'params.ram == 64';
    expect(compileFilter(text)).toBe(compileFilter(text));
  });
});
