import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyExport, writeExport } from '@poolkeeper/turnover-record';
import type { SealedTurnover } from '@poolkeeper/turnover-record';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aRecord, NOON } from '../../turnover-record/testing/a-chain.ts';
import { createMemoryDisk } from '../store/memory/memory-disk.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import type { Store } from '../store/contract.ts';
import { createKeyFileVault, SIGNING_KEYS_FILE, SigningKeysError } from './signing-key-file.ts';
import type { KeyVault } from './signing-key-file.ts';
import { masterKeyOf } from './master-key.ts';
import { createSecretBox } from './secret-box.ts';
import type { SecretBox } from './secret-box.ts';
import { createSharedKeyVault } from './shared-key-vault.ts';
import { SigningKeys } from './signing-keys.ts';

let directory: string;
let file: string;
let memory: Store;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'poolkeeper-keys-'));
  file = join(directory, SIGNING_KEYS_FILE);
  memory = await openMemoryStore(createMemoryDisk());
});
afterEach(() => rmSync(directory, { recursive: true }));

async function open(
  now = NOON,
  parts: { directory?: string; memory?: Store; vault?: KeyVault } = {},
): Promise<SigningKeys> {
  const vault = parts.vault ?? createKeyFileVault(parts.directory ?? directory);
  const keys = await SigningKeys.open({ vault, memory: parts.memory ?? memory, now });
  await keys.takeUp(now);
  return keys;
}

type Keys = { keys: { x: string; d?: string }[] };
const inFile = (): Keys => JSON.parse(readFileSync(file, 'utf8')) as Keys;

/** One more record, signed by what signs now. */
function grow(chain: readonly SealedTurnover[], keys: SigningKeys, at: number): SealedTurnover[] {
  const record = aRecord({ number: chain.length + 1, previous: chain.at(-1)?.hash ?? null, endedAt: at });
  return [...chain, { record, ...keys.sealRecord(record) }];
}

/** The verdict on the chain with the keys that are published. */
async function verdictOn(chain: readonly SealedTurnover[], keys: SigningKeys, at: number): Promise<string> {
  const head = { resource: 'res_1', count: chain.length, hash: chain.at(-1)?.hash ?? null, exportedAt: at };
  const text = writeExport([{ resource: 'res_1', head: keys.sealHead(head), records: chain }]);
  return (await verifyExport(text, JSON.stringify(keys.published()))).verdict;
}

test('a key is made at the first start, for its owner alone, and is there at the next', async () => {
  const first = await open();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual([SIGNING_KEYS_FILE]);
  const again = await open(NOON + 5_000);
  expect(again.published()).toEqual(first.published());
  expect(again.sealRecord(aRecord())).toEqual(first.sealRecord(aRecord()));
  expect(first.published().keys).toMatchObject([
    { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', nbf: NOON / 1_000 },
  ]);
});

test('neither what is published nor what the store remembers has a private half', async () => {
  const keys = await open();
  await keys.rotate(() => NOON + 10);
  const secret = inFile().keys.find(({ d }) => d !== undefined)?.d ?? '';
  expect(secret).not.toBe('');
  expect(JSON.stringify([keys.published(), await memory.listKeys()])).not.toContain(secret);
});

test('a new key signs at once; the private half of the old one is gone, and its records are still proven (T26)', async () => {
  const keys = await open();
  const [{ x: oldX, d: oldD = '' } = { x: '' }] = inFile().keys;
  const before = grow([], keys, NOON + 100);
  const published = await keys.rotate(() => NOON + 100);
  const after = grow(before, keys, NOON + 100);
  expect(published.keys.map(({ exp }) => exp)).toEqual([undefined, (NOON + 100) / 1_000]);
  expect(readFileSync(file, 'utf8')).not.toContain(oldD);
  expect(inFile().keys.map(({ x, d }) => [x === oldX, d !== undefined])).toEqual([
    [false, true],
    [true, false],
  ]);
  expect(await verdictOn(after, keys, NOON + 200)).toBe('proven');
  const restarted = await open(NOON + 300);
  expect(await verdictOn(grow(after, restarted, NOON + 300), restarted, NOON + 400)).toBe('proven');
});

test('what an old key signs after its end is not believed (T26)', async () => {
  const keys = await open();
  const before = grow([], keys, NOON + 100);
  const thief = await open();
  await keys.rotate(() => NOON + 200);
  const stolen = grow(before, thief, NOON + 300);
  expect(await verdictOn(stolen, keys, NOON + 400)).toBe('wrongKey');
});

test('a restored store comes with the public halves: old records are proven, and a new key signs on', async () => {
  const keys = await open();
  const chain = grow([], keys, NOON + 100);
  const elsewhere = mkdtempSync(join(tmpdir(), 'poolkeeper-keys-'));
  try {
    const restored = await open(NOON + 500, { directory: elsewhere });
    expect(restored.published().keys.map(({ exp }) => exp)).toEqual([undefined, (NOON + 500) / 1_000]);
    expect(await verdictOn(grow(chain, restored, NOON + 600), restored, NOON + 700)).toBe('proven');
    const again = await open(NOON + 900, { directory: elsewhere });
    expect(again.published()).toEqual(restored.published());
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

test('a file that is put back beside a restored store signs on, and knows more than the store', async () => {
  const keys = await open();
  const disk = createMemoryDisk();
  const old = await openMemoryStore(disk);
  await old.keepKeys(await memory.listKeys());
  await keys.rotate(() => NOON + 100);
  const back = await open(NOON + 200, { memory: old });
  expect(back.published()).toEqual(keys.published());
  expect(await old.listKeys()).toEqual(await memory.listKeys());
});

test.each([
  ['no JSON', () => '{"keys":', 'it is no JSON'],
  ['no list', () => '{"keys":{}}', 'not exactly one key with a private half'],
  ['no private half', (text: string) => text.replace(/"d": "[^"]*",/, ''), 'not exactly one key'],
  ['another curve', (text: string) => text.replace('Ed25519', 'X25519'), 'not as this server writes keys'],
  [
    'another public half',
    (text: string) => text.replace(/"x": "(.)/, (_all, first) => `"x": "${first === '_' ? '-' : '_'}`),
    'do not belong',
  ],
  [
    'a private half that is none',
    (text: string) => text.replace(/"d": "[^"]*"/, '"d": "AAAA"'),
    'do not belong',
  ],
])('a file with %s is refused and left alone', async (_what, change, message) => {
  await open();
  const damaged = change(readFileSync(file, 'utf8'));
  writeFileSync(file, damaged);
  const failure = await open().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(SigningKeysError);
  expect((failure as Error).message).toContain(message);
  expect((failure as Error).message).toContain('Put back the file from your copy, or move it away');
  expect(readFileSync(file, 'utf8')).toBe(damaged);
});

test('a rotation that the disk refuses leaves the old key signing', async () => {
  const keys = await open();
  const before = keys.sealRecord(aRecord());
  rmSync(directory, { recursive: true });
  await expect(keys.rotate(() => NOON + 1)).rejects.toThrow('ENOENT');
  expect(keys.sealRecord(aRecord())).toEqual(before);
  expect(keys.published().keys).toHaveLength(1);
  const { mkdirSync } = await import('node:fs');
  mkdirSync(directory);
});

/** Texts that several servers share, as a store keeps them. */
class Texts {
  readonly texts = new Map<string, string>();
  /** What the next writes answer in their place: a lost answer, before or after it landed. */
  failing: 'none' | 'lost' | 'landed' = 'none';

  readShared = async (name: string): Promise<string | undefined> => this.texts.get(name);

  writeShared = async (input: {
    name: string;
    text: string;
    before: string | undefined;
  }): Promise<string> => {
    if (this.failing === 'lost') throw new Error('no connection');
    if (this.texts.get(input.name) === input.before) this.texts.set(input.name, input.text);
    if (this.failing === 'landed') throw new Error('the answer was lost');
    return this.texts.get(input.name) ?? '';
  };
}

const aBox = (byte = 1): SecretBox => createSecretBox([masterKeyOf(Buffer.alloc(32, byte))], randomBytes);

test('replicas that start at the same time agree on one key, which is sealed', async () => {
  const texts = new Texts();
  const vault = () => createSharedKeyVault(texts, aBox());
  const input = { memory, now: NOON };
  const [one, two] = await Promise.all([
    SigningKeys.open({ vault: vault(), ...input }),
    SigningKeys.open({ vault: vault(), ...input }),
  ]);
  expect(two.published()).toEqual(one.published());
  expect([...texts.texts.values()].join()).not.toMatch(/Ed25519|"d"/);
  const failure = await open(NOON, { vault: createSharedKeyVault(texts, aBox(2)) }).catch((error) => error);
  expect(failure).toBeInstanceOf(SigningKeysError);
  expect((failure as Error).message).toContain('All replicas of one world need the same master key');
});

test('what one replica rotated another signs with once it takes up, and both parts of a chain are proven (T26)', async () => {
  const texts = new Texts();
  const one = await open(NOON, { vault: createSharedKeyVault(texts, aBox()) });
  const two = await SigningKeys.open({ vault: createSharedKeyVault(texts, aBox()), memory, now: NOON });
  const before = grow([], one, NOON + 100);
  await one.rotate(() => NOON + 200);
  const between = grow(before, one, NOON + 250);
  await two.takeUp(NOON + 300);
  expect(two.published()).toEqual(one.published());
  expect(await verdictOn(grow(between, two, NOON + 400), two, NOON + 500)).toBe('proven');
});

test.each(['lost', 'landed'] as const)(
  'a rotation whose first write is %s leaves the old key signing',
  async (failing) => {
    const texts = new Texts();
    const one = await open(NOON, { vault: createSharedKeyVault(texts, aBox()) });
    texts.failing = failing;
    await expect(one.rotate(() => NOON + 100)).rejects.toThrow(
      failing === 'lost' ? 'no connection' : 'the answer was lost',
    );
    texts.failing = 'none';
    const chain = grow([], one, NOON + 150);
    // The next one to sign ends what was begun.
    const two = await open(NOON + 200, { vault: createSharedKeyVault(texts, aBox()) });
    expect(await verdictOn(grow(chain, two, NOON + 300), two, NOON + 400)).toBe('proven');
    expect(two.published().keys).toHaveLength(failing === 'landed' ? 2 : 1);
  },
);
