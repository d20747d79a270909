import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigurationError } from './configuration-error.ts';
import { parseConfigurationText } from './merge-files.ts';
import { readConfigurationFiles } from './read-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'poolkeeper-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function parse(texts: Readonly<Record<string, string>>, environment: Record<string, string> = {}) {
  const sources = Object.entries(texts).map(([file, text]) => ({ file, text }));
  return parseConfigurationText(sources, environment);
}

function refusalOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.lines;
    throw error;
  }
  throw new Error('it was taken');
}

describe('several files are one configuration', () => {
  const TEXTS = {
    'a.yaml': 'providers:\n  - { name: hand, driver: static }\npools:\n  - { name: a, provider: hand }\n',
    'b.json': '{"pools": [{"name": "b", "provider": "hand"},\n {"name": "c"}]}',
  };

  test('whose lists stand one behind the other', () => {
    expect(parse(TEXTS).value).toEqual({
      providers: [{ name: 'hand', driver: 'static' }],
      pools: [{ name: 'a', provider: 'hand' }, { name: 'b', provider: 'hand' }, { name: 'c' }],
    });
  });

  test('and whose members are found in their own files', () => {
    const { locate, refuse } = parse(TEXTS);
    expect(locate('/pools/0/provider')).toEqual({ file: 'a.yaml', line: 4, column: 16 });
    expect(locate('/pools/2/name')).toEqual({ file: 'b.json', line: 2, column: 3 });
    expect(locate('/pools/9')).toMatchObject({ file: 'a.yaml' });
    const faults = [
      { pointer: '/pools/2/provider', message: 'is missing' },
      { pointer: '/pools/0/name', message: 'is no name' },
    ];
    expect(refuse(faults).message).toBe(
      'a.yaml:4:7: pools[0].name: is no name\nb.json:2:2: pools[1].provider: is missing',
    );
  });

  test('a member that is no list may be in one of them alone', () => {
    expect(refusalOf(() => parse({ 'a.yaml': 'pools: 1\n', 'b.yaml': '\npools: []\n' }))).toEqual([
      'b.yaml:2:1: pools: is in a.yaml already; keep one of the two',
    ]);
  });

  test('what is wrong in each is named at once', () => {
    expect(
      refusalOf(() => parse({ 'a.yaml': 'a: [\n', 'b.yaml': 'b: {\n' })).map((line) => line.slice(0, 6)),
    ).toEqual(['a.yaml', 'b.yaml']);
    expect(refusalOf(() => parse({ 'a.yaml': '- x\n', 'b.yaml': 'pools: []\n' }))).toEqual([
      'a.yaml:1:1: the file has to be a map of providers and pools',
    ]);
  });
});

describe('variables of the environment', () => {
  const value = (text: string, environment: Record<string, string> = {}) =>
    parse({ 'a.yaml': text }, environment).value;

  test.each<[string, string, Record<string, string>, unknown]>([
    ['in a text', 'a: "http://${env.HOST}:${env.PORT}/"', { HOST: 'h', PORT: '1' }, 'http://h:1/'],
    ['alone, as a number', 'a: ${env.N}', { N: '12' }, 12],
    ['alone, as true or false', 'a: ${env.N}', { N: 'true' }, true],
    ['alone and quoted, as text', 'a: "${env.N}"', { N: '12' }, '12'],
    ['alone, as text', 'a: ${env.N}', { N: '1e3; rm' }, '1e3; rm'],
    ['with a default that is not needed', 'a: ${env.N:-7}', { N: '8' }, 8],
    ['with a default, when it is not set', 'a: ${env.N:-7}', {}, 7],
    ['with a default, when it is empty', 'a: "${env.N:-x y}"', { N: '' }, 'x y'],
    ['with an empty default', 'a: "<${env.N:-}>"', {}, '<>'],
    ['escaped', 'a: "$${env.N}"', { N: '8' }, '${env.N}'],
    ['of another kind, which is left for others', 'a: "${lease.id}"', {}, '${lease.id}'],
    [
      'whose value looks like YAML, which it is not',
      'a: "${env.N}"',
      { N: '{ b: [*x] }\n# c' },
      '{ b: [*x] }\n# c',
    ],
    ['whose value looks like a variable', 'a: "${env.N}"', { N: '${env.M}' }, '${env.M}'],
  ])('%s', (_what, text, environment, expected) => {
    expect(value(text, environment)).toEqual({ a: expected });
  });

  test('are not filled into names of members', () => {
    expect(value('${env.N}: 1', { N: 'x' })).toEqual({ '${env.N}': 1 });
  });

  test('that are not set, or not written well, are named with their places', () => {
    expect(refusalOf(() => value('a: ${env.GONE}\nb:\n  - "${env.1}"\n'))).toEqual([
      'a.yaml:1:4: the variable GONE is not set; set it, or write ${env.GONE:-default}',
      'a.yaml:3:5: a variable is written ${env.NAME} or ${env.NAME:-default}; for the characters themselves write $${env.',
    ]);
  });

  test('that multiply beyond all bounds are refused', () => {
    const text = `a: "${'${env.N}'.repeat(20)}"`;
    expect(refusalOf(() => value(text, { N: 'x'.repeat(100_000) }))[0]).toContain('variables add more than');
  });
});

describe('files and folders', () => {
  test('of a folder, the YAML and JSON files are read in the order of their names', async () => {
    const inner = join(folder, 'many');
    mkdirSync(join(inner, 'below'), { recursive: true });
    for (const [name, pool] of [
      ['2.yml', 'b'],
      ['1.yaml', 'a'],
      ['3.json', 'c'],
      ['.hidden.yaml', 'x'],
      ['notes.txt', 'x'],
      ['below/4.yaml', 'x'],
    ] as const) {
      writeFileSync(join(inner, name), `{"pools": [{"name": "${pool}"}]}`);
    }
    const { value } = await readConfigurationFiles([inner, write('own.yaml', 'pools: [{ name: d }]')], {});
    expect(value).toEqual({ pools: [{ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' }] });
  });

  test('all that cannot be read are named', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const gone = join(folder, 'gone.yaml');
    const refused = await readConfigurationFiles([empty, gone], {}).catch(
      (error: ConfigurationError) => error,
    );
    expect((refused as ConfigurationError).lines).toEqual([
      `${empty}:1:1: the folder has no .yaml, .yml or .json file; name a file, or another folder`,
      `${gone}:1:1: there is no such file or folder; check the path`,
    ]);
  });
});
