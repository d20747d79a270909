import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkProvider } from '../providers/open-provider.ts';
import {
  ConfigurationError,
  FAULTS_MAX,
  FILE_BYTES_MAX,
  parseConfigurationText,
} from '@poolkeeper/config-file';
import { checkConfiguration, loadConfiguration } from './load-configuration.ts';

const folder = mkdtempSync(join(tmpdir(), 'poolkeeper-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (text: string) => parseConfigurationText([{ file: 'poolkeeper.yaml', text }], {});
const parse = (text: string) => checkConfiguration(read(text), checkProvider);

function refusalOf(text: string): ConfigurationError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('the file was taken');
}

const HEAD = `providers:
  - { name: local, driver: process }
  - { name: hand, driver: static }
pools:
`;
const WHOLE = `${HEAD}  - name: web
    provider: local
    size: { desired: 3 }
    template: { command: ["node", "server.js"], env: { MODE: test }, ready: { http: "/" } }
    lease: { default: 1h, max: 8h, queue: priority }
    quota: { perHolder: 2 }
  - name: boards
    kind: board
    provider: hand
    labels: { site: lab }
    resources:
      - { name: b1, labels: { arch: arm64 }, params: { ram: 8 }, addresses: ["10.0.0.7"], endpoints: { ssh: "ssh://10.0.0.7" } }
`;

test('a file becomes providers and pools as the core wants them', () => {
  const { providers, pools } = parse(WHOLE);
  expect(providers).toEqual([
    { name: 'local', driver: 'process' },
    { name: 'hand', driver: 'static' },
  ]);
  expect(pools).toEqual([
    {
      spec: {
        name: 'web',
        provider: 'local',
        size: { desired: 3 },
        template: { command: ['node', 'server.js'], env: { MODE: 'test' }, ready: { http: '/' } },
        lease: { defaultMs: 3_600_000, maxMs: 28_800_000, queue: 'priority' },
        quota: { perHolder: 2 },
      },
      resources: [],
    },
    {
      spec: { name: 'boards', kind: 'board', provider: 'hand', labels: { site: 'lab' } },
      resources: [
        {
          name: 'b1',
          labels: { arch: 'arm64' },
          params: { ram: 8 },
          addresses: ['10.0.0.7'],
          endpoints: { ssh: 'ssh://10.0.0.7' },
        },
      ],
    },
  ]);
});

test('JSON with tabs is a configuration file too', () => {
  const json = JSON.stringify({ providers: [{ name: 'hand', driver: 'static' }], pools: [] }, null, '\t');
  expect(parse(json).providers).toEqual([{ name: 'hand', driver: 'static' }]);
});

test('anchors, aliases and merges are understood, and faults in them are found where they are written', () => {
  const shared = `${HEAD}  - &base { name: a, provider: local, size: { desired: 1 }, template: &t { command: ["true"] } }
  - { <<: *base, name: b }
  - { name: c, provider: local, size: { desired: 1 }, template: *t }
`;
  expect(parse(shared).pools.map(({ spec }) => [spec.name, spec.template])).toEqual([
    ['a', { command: ['true'] }],
    ['b', { command: ['true'] }],
    ['c', { command: ['true'] }],
  ]);
  expect(read(shared).locate('/pools/1/template/command')).toMatchObject({ line: 5, column: 76 });
  expect(read(shared).locate('/pools/2/template/command/0')).toMatchObject({ line: 5, column: 86 });
});

/** Each file, and per fault the place, the member, and what the advice has to say. */
type Expected = [place: string, member: string, ...advice: string[]];
const WRONG: [what: string, text: string, ...faults: Expected[]][] = [
  ['an empty file', '', ['1:1', '', 'the file is empty', 'providers']],
  ['only a comment', '# nothing\n', ['1:1', '', 'the file is empty']],
  ['a list', '- a\n', ['1:1', '', 'the body has to be an object']],
  ['text', 'hello\n', ['1:1', '', 'the body has to be an object']],
  ['providers as a map', 'providers: { a: b }\n', ['1:1', 'providers', 'providers has to be a list']],
  [
    'an unknown member at the top',
    'providers: []\npool: []\n',
    ['2:1', 'pool', 'did you mean "pools"?', 'known are: providers, workflows, profiles, pools'],
  ],
  ['a provider without a driver', 'providers:\n  - name: x\n', ['2:5', 'providers[0].driver', 'is missing']],
  [
    'an unknown driver',
    'providers:\n  - name: x\n    driver: docker\n',
    [
      '3:5',
      'providers[0].driver',
      'There is no driver "docker"',
      'static, process, exec, simulated, ec2, openstack, ibm-account',
    ],
  ],
  [
    'an unknown option of a driver',
    'providers:\n  - { name: x, driver: process, port: 3 }\n',
    ['2:33', 'providers[0].port', '"port" is not known', 'baseDirectory, ports'],
  ],
  [
    'a provider with a bad name',
    'providers:\n  - { name: "a b", driver: static }\n',
    ['2:7', 'providers[0].name', 'name has to be a name of 1 to 63 letters'],
  ],
  [
    'limits over their bounds',
    'providers:\n  - name: x\n    driver: static\n    limits: { concurrency: 0, rate: 0, burst: 1.5, failures: many }\n',
    ['4:15', 'providers[0].limits.concurrency', 'a whole number from 1 to 1000'],
    ['4:31', 'providers[0].limits.rate', 'a number from 0.01 to 10000'],
    ['4:40', 'providers[0].limits.burst', 'a whole number from 1 to 10000'],
    ['4:52', 'providers[0].limits.failures', 'a whole number from 1 to 1000'],
  ],
  [
    'a pause that is too long, and one without a unit',
    'providers:\n  - { name: x, driver: static, limits: { pause: 2h } }\n  - { name: y, driver: static, limits: { pause: 5 } }\n',
    ['2:42', 'providers[0].limits.pause', 'a duration from 100ms to 1h, such as 5s'],
    ['3:42', 'providers[1].limits.pause', 'a duration from 100ms to 1h', 'write it in quotes'],
  ],
  [
    'an unknown limit',
    'providers:\n  - { name: x, driver: process, limits: { concurency: 3 } }\n',
    ['2:43', 'providers[0].limits.concurency', 'did you mean "concurrency"?', 'rate, burst, failures, pause'],
  ],
  [
    'two providers of one name',
    'providers:\n  - { name: x, driver: static }\n  - { name: x, driver: static }\n',
    ['3:7', 'providers[1].name', 'there is a provider "x" already; choose another name'],
  ],
  [
    'two pools of one name',
    `${HEAD}  - { name: a, provider: hand }\n  - { name: a, provider: hand }\n`,
    ['6:7', 'pools[1].name', 'there is a pool "a" already'],
  ],
  [
    'two resources of one name',
    `${HEAD}  - name: a\n    provider: hand\n    resources:\n      - name: b1\n      - name: b1\n`,
    ['9:9', 'pools[0].resources[1].name', 'there is a resource "b1" already; choose another name'],
  ],
  [
    'a pool without a provider',
    `${HEAD}  - { name: a }\n`,
    ['5:5', 'pools[0].provider', 'provider is missing', 'configured are: local, hand'],
  ],
  ['a pool without a name', `${HEAD}  - provider: hand\n`, ['5:5', 'pools[0].name', 'is missing']],
  [
    'an unknown member of a pool',
    `${HEAD}  - name: a\n    provider: hand\n    leese: { max: 1h }\n`,
    ['7:5', 'pools[0].leese', 'did you mean "lease"?', 'name, provider, parent, kind'],
  ],
  [
    'a size that is text',
    `${HEAD}  - { name: a, provider: local, size: { desired: three } }\n`,
    ['5:41', 'pools[0].size.desired', 'desired has to be a whole number from 0 to 1000000'],
  ],
  [
    'a negative size',
    `${HEAD}  - { name: a, provider: local, size: { desired: -1 } }\n`,
    ['5:41', 'pools[0].size.desired', 'desired has to be a whole number from 0'],
  ],
  [
    'half a size',
    `${HEAD}  - name: a\n    provider: local\n    size: { min: 1, buffer: 3 }\n`,
    ['7:5', 'pools[0].size', 'size has to be { desired }, or { min, max, buffer }'],
  ],
  [
    'both sizes',
    `${HEAD}  - name: a\n    provider: local\n    size: { desired: 1, max: 3 }\n`,
    ['7:25', 'pools[0].size.max', 'max stands beside desired; give desired alone'],
  ],
  [
    'a size with an unknown member',
    `${HEAD}  - { name: a, provider: local, size: { desird: 3 } }\n`,
    ['5:41', 'pools[0].size.desird', 'did you mean "desired"?', 'desired, min, max, buffer'],
  ],
  [
    'a size that is a number',
    `${HEAD}  - { name: a, provider: local, size: 3 }\n`,
    ['5:33', 'pools[0].size', 'size has to be an object, or null'],
  ],
  [
    'a duration in seconds',
    `${HEAD}  - { name: a, provider: hand, lease: { default: 60 } }\n`,
    ['5:41', 'pools[0].lease.default', 'a duration such as 90s, 15m', 'write it in quotes'],
  ],
  [
    'a duration in words',
    `${HEAD}  - { name: a, provider: hand, lease: { max: 2 hours } }\n`,
    ['5:41', 'pools[0].lease.max', 'a duration such as', '1h30m'],
  ],
  [
    'no duration at all',
    `${HEAD}  - { name: a, provider: hand, lease: { max: 0s } }\n`,
    ['5:41', 'pools[0].lease.max', 'max has to be more than 0'],
  ],
  [
    'an unknown queue order',
    `${HEAD}  - { name: a, provider: hand, lease: { queue: lifo } }\n`,
    ['5:41', 'pools[0].lease.queue', 'queue has to be one of fifo, priority, fair'],
  ],
  [
    'an unknown recycling',
    `${HEAD}  - { name: a, provider: hand, recycle: no }\n`,
    ['5:32', 'pools[0].recycle', 'recycle has to be one of clean, replace'],
  ],
  [
    'a fractional quota',
    `${HEAD}  - { name: a, provider: hand, quota: { perHolder: 1.5 } }\n`,
    ['5:41', 'pools[0].quota.perHolder', 'a whole number'],
  ],
  [
    'a label that is a number',
    `${HEAD}  - name: a\n    provider: hand\n    resources:\n      - { name: b, labels: { ram: 8 } }\n`,
    ['8:30', 'pools[0].resources[0].labels.ram', 'ram has to be text', 'write it in quotes'],
  ],
  [
    'a bad label name',
    `${HEAD}  - name: a\n    provider: hand\n    labels: { "-x": y }\n`,
    ['7:15', 'pools[0].labels.-x', '"-x" is no name here', 'a label of 1 to 63'],
  ],
  [
    'an address that is no list',
    `${HEAD}  - name: a\n    provider: hand\n    resources:\n      - { name: b, addresses: 10.0.0.7 }\n`,
    ['8:20', 'pools[0].resources[0].addresses', 'addresses has to be a list of 0 to 16 entries'],
  ],
  [
    'params that JSON does not have',
    `${HEAD}  - name: a\n    provider: hand\n    resources:\n      - { name: b, params: { load: .inf } }\n`,
    ['8:30', 'pools[0].resources[0].params.load', 'no number that JSON has'],
  ],
  [
    'too large params',
    `${HEAD}  - name: a\n    provider: hand\n    resources:\n      - { name: b, params: { text: ${'x'.repeat(17_000)} } }\n`,
    ['8:20', 'pools[0].resources[0].params', 'may have 16384 bytes'],
  ],
  [
    'a member that is there twice',
    `${HEAD}  - name: a\n    name: b\n    provider: hand\n`,
    ['6:5', '', 'is there already'],
  ],
  ['a tab', 'providers:\n\t- name: x\n', ['2:1', '', 'a tab is used for indentation; use spaces']],
  ['a bracket that is not closed', 'providers: [{ name: x\npools: []\n', ['2:1', '', 'this is not YAML']],
  ['a text that is not closed', 'providers: "x\n', ['2:1', '', 'this is not YAML: missing closing "quote']],
  ['two documents', 'providers: []\n---\npools: []\n', ['2:1', '', 'a second document begins here']],
  ['a tag', 'providers: !env X\n', ['1:12', '', 'unresolved tag: !env']],
  ['an alias to nothing', 'providers: *all\n', ['1:1', '', 'an alias or a merge', 'all']],
  [
    'a loop of aliases',
    'providers: &a [*a]\n',
    [
      '1:16',
      'providers[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]',
      'nested more than 32 deep',
    ],
  ],
  [
    'a name that is special',
    'providers: []\npools:\n  - name: a\n    __proto__: { x: 1 }\n',
    ['4:5', 'pools[0].__proto__', 'is not allowed as a name'],
  ],
];

describe('a wrong file is refused with the place, the member and what is allowed', () => {
  test.each(WRONG)('%s', (_what, text, ...expected) => {
    const { lines } = refusalOf(text);
    for (const [place, member, ...advice] of expected) {
      const start = `poolkeeper.yaml:${place}: ${member === '' ? '' : `${member}: `}`;
      const line = lines.find((one) => one.startsWith(start));
      expect(line, lines.join('\n')).toBeDefined();
      for (const part of advice) expect(line).toContain(part);
    }
  });

  test('the table is long enough to be worth its name', () => {
    expect(WRONG.length).toBeGreaterThanOrEqual(25);
  });

  test('all faults are named in the order of the file, each once', () => {
    const { lines } = refusalOf(`providers:
  - { name: local, driver: proces }
pools:
  - { name: a, provider: local, sise: 1 }
  - { name: a, provider: hand, lease: { max: 1, queue: x } }
`);
    expect(lines.map((line) => line.split(': ').slice(0, 2).join(' '))).toEqual([
      'poolkeeper.yaml:2:20 providers[0].driver',
      'poolkeeper.yaml:4:33 pools[0].sise',
      'poolkeeper.yaml:5:7 pools[1].name',
      'poolkeeper.yaml:5:41 pools[1].lease.max',
      'poolkeeper.yaml:5:49 pools[1].lease.queue',
    ]);
  });

  test('of very many faults the first are named and the rest counted', () => {
    const pools = Array.from(
      { length: 50 },
      (_, index) => `  - { name: p${index}, provider: hand, bad: 1 }\n`,
    );
    const { lines, faults } = refusalOf(HEAD + pools.join(''));
    expect(faults.length).toBe(FAULTS_MAX);
    expect(lines.at(-1)).toBe('… and 30 more.');
  });
});

describe('hostile files end soon', () => {
  test('aliases that multiply', () => {
    const layers = Array.from({ length: 12 }, (_, index) => {
      const inner = index === 0 ? '"x"' : `*a${index - 1}`;
      return `a${index}: &a${index} [${Array.from({ length: 10 }, () => inner).join(', ')}]`;
    });
    expect(refusalOf(layers.join('\n')).message).toContain('aliases ("*name") multiply');
  });

  test('very many aliases', () => {
    expect(refusalOf(`a: &a 1\nb: [${'*a, '.repeat(1_001)}]\n`).message).toContain('more than 1000 aliases');
  });

  test('a large list that is repeated', () => {
    const list = `&a [${'1, '.repeat(10_000)}]`;
    expect(refusalOf(`a: ${list}\nb: [${'*a, '.repeat(900)}]\n`).message).toContain(
      'more than 2000000 values',
    );
  });

  test('very deep nesting', () => {
    expect(refusalOf('['.repeat(50_000)).message).toMatch(/nested|not YAML/);
    expect(refusalOf(`${'['.repeat(100)}${']'.repeat(100)}`).message).toContain('nested more than 32 deep');
  });
});

describe('a file that cannot be read is refused by its name', () => {
  const load = (name: string) => loadConfiguration(join(folder, name), {}, checkProvider);

  test('there is none', async () => {
    await expect(load('none.yaml')).rejects.toThrow(
      'none.yaml:1:1: there is no such file or folder; check the path',
    );
  });

  test('it is too large', async () => {
    writeFileSync(join(folder, 'large.yaml'), Buffer.alloc(FILE_BYTES_MAX + 1, '#'));
    await expect(load('large.yaml')).rejects.toThrow('larger than the 10 MiB');
  });

  test('it is not UTF-8', async () => {
    writeFileSync(join(folder, 'latin.yaml'), Buffer.from([0x61, 0xe4, 0x62]));
    await expect(load('latin.yaml')).rejects.toThrow('not text in UTF-8');
  });
});
