import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KeyFileError, loadMasterKeys, MASTER_KEY_FILE } from './key-file.ts';
import type { KeysInput } from './key-file.ts';
import { formatMasterKey, masterKeyOf, parseMasterKey, parseMasterKeys } from './master-key.ts';

const A = masterKeyOf(new Uint8Array(32).fill(1));
const B = masterKeyOf(new Uint8Array(32).fill(2));
const C = masterKeyOf(new Uint8Array(32).fill(3));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'poolkeeper-keys-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const load = (more: Partial<KeysInput> = {}) =>
  loadMasterKeys({ dataDirectory: directory, given: [], file: null, earlier: [], ...more });
const idsOf = async (more: Partial<KeysInput>): Promise<string[]> => (await load(more)).map(({ id }) => id);
const own = (): string => join(directory, MASTER_KEY_FILE);

test('the first start makes a key that its owner alone can read, and the next one finds it', async () => {
  const [made] = await load();
  expect(readdirSync(directory)).toEqual([MASTER_KEY_FILE]);
  expect(statSync(own()).mode & 0o777).toBe(0o600);
  expect(parseMasterKey(readFileSync(own(), 'utf8'))).toEqual(made);
  expect((await load()).map(({ id }) => id)).toEqual([made.id]);
});

test('two data directories have two keys', async () => {
  const [first] = await load();
  rmSync(own());
  expect((await load())[0].id).not.toBe(first.id);
});

test('where a key is given none is made', async () => {
  expect(await idsOf({ given: [A, B], earlier: [C, A] })).toEqual([A.id, B.id, C.id]);
  expect(readdirSync(directory)).toEqual([]);
});

test('the key of the data directory goes on opening when another is given', async () => {
  const [made] = await load();
  expect(await idsOf({ given: [A] })).toEqual([A.id, made.id]);
});

test('a file has the current key first, then earlier ones, with comments', async () => {
  const file = join(directory, 'keys');
  writeFileSync(file, `# since spring\n${formatMasterKey(B)}\n\n${Buffer.from(A.bytes).toString('hex')}\n`);
  expect(await idsOf({ file })).toEqual([B.id, A.id]);
  writeFileSync(own(), readFileSync(file));
  expect(await idsOf({})).toEqual([B.id, A.id]);
});

test('a file that is missing, empty or broken is refused, and never written over', async () => {
  await expect(load({ file: join(directory, 'none') })).rejects.toThrow('is not there');
  for (const text of ['', '# nothing\n', 'too short\n', `${formatMasterKey(A)}\nrest`]) {
    writeFileSync(own(), text);
    await expect(load()).rejects.toThrow(KeyFileError);
    expect(readFileSync(own(), 'utf8')).toBe(text);
  }
});

test('what a broken file holds is not repeated', async () => {
  writeFileSync(own(), `${formatMasterKey(A)} and-something-else`);
  const error = (await load().catch((thrown: unknown) => thrown)) as Error;
  expect(error.message).not.toContain(formatMasterKey(A));
  expect(error.message).not.toContain('something');
});

test('what a crash left behind while making the key is in nobody’s way', async () => {
  writeFileSync(`${own()}.${process.pid}.draft`, 'half a k');
  await load();
  expect(readdirSync(directory)).toEqual([MASTER_KEY_FILE]);
});

test('a key is 32 bytes in hex, base64 or base64url, and its id shows nothing of it', () => {
  const bytes = Buffer.from(new Uint8Array(32).fill(0xfb));
  const texts = (['hex', 'base64', 'base64url'] as const).map((encoding) => bytes.toString(encoding));
  expect(new Set(texts.map((text) => parseMasterKey(text)?.id)).size).toBe(1);
  expect(parseMasterKeys(texts.join(', '))).toHaveLength(3);
  for (const wrong of ['', 'x', 'ab'.repeat(31), 'ab'.repeat(33), bytes.toString('base64').slice(1)])
    expect(parseMasterKey(wrong)).toBeUndefined();
  expect(bytes.toString('hex')).not.toContain(parseMasterKey(texts[0] ?? '')?.id);
});
