import type { TurnoverRecord } from '@poolkeeper/core';
import { describe, expect, test } from 'vitest';
import { writeExport } from './export-file.ts';
import type { ChainExport, SealedTurnover } from './export-file.ts';
import { JWS_TYPES, signJws } from './jws.ts';
import { canonicalText } from './canonical.ts';
import { sealHead, sealRecord } from './seal.ts';
import { aChain, aKey, aRecord, aStep, exported, keysText, NOON } from './testing/a-chain.ts';
import { verifyExport } from './verify-export.ts';

const key = aKey();
const other = aKey();
const records = aChain(key, 4);
const whole = exported(records, key);

/** The verdict on one chain, and what was said of it. */
async function verified(chain: unknown, keys = keysText(key)): Promise<{ verdict: string; said: string[] }> {
  const result = await verifyExport(writeExport([chain as ChainExport]), keys);
  if (result.verdict === 'unreadable') return { verdict: result.verdict, said: [result.message] };
  const said = result.findings.map(({ kind, number, message }) => `${kind} ${number ?? '-'}: ${message}`);
  return { verdict: result.verdict, said };
}

/** The export with other records, as somebody makes it who cannot sign. */
const having = (given: readonly SealedTurnover[]): ChainExport => ({ ...whole, records: given });
const at = (index: number): SealedTurnover => records[index] as SealedTurnover;
const changed = (index: number, change: (entry: SealedTurnover) => object): unknown => ({
  ...whole,
  records: records.map((entry, place) => (place === index ? change(entry) : entry)),
});

describe('a whole chain', () => {
  test('is proven when every turnover was verified, or the resource destroyed (T18)', async () => {
    expect(await verified(whole)).toEqual({ verdict: 'proven', said: [] });
    const ended = aChain(key, 3, (number) => (number === 3 ? { verdict: 'destroyed', steps: [] } : {}));
    expect((await verified(exported(ended, key))).verdict).toBe('proven');
  });

  test('tells what was proven, with the end of the chain', async () => {
    const result = await verifyExport(writeExport([whole]), keysText(other, key));
    if (result.verdict !== 'proven') throw new Error(result.verdict);
    const [chain] = result.chains;
    expect(chain?.entries.map(({ number, kid, record }) => [number, kid, record?.epoch])).toEqual(
      [1, 2, 3, 4].map((number) => [number, key.kid, number]),
    );
    expect(chain?.head).toEqual(whole.head.head);
  });

  test('may be signed by several keys, one after the other (T22)', async () => {
    const turned = aChain((number) => (number < 3 ? key : other), 4);
    expect(await verified(exported(turned, other), keysText(other, key))).toEqual({
      verdict: 'proven',
      said: [],
    });
  });

  test('stands beside others in one file, and each is verified by itself', async () => {
    const second = exported(
      aChain(key, 2, () => ({ resource: 'res_2', name: 'b2' })),
      key,
    );
    const file = writeExport([whole, second]);
    expect((await verifyExport(file, keysText(key))).verdict).toBe('proven');
    const result = await verifyExport(writeExport([having(records.slice(1)), second]), keysText(key));
    if (result.verdict === 'unreadable') throw new Error(result.message);
    expect([result.verdict, ...result.chains.map(({ verdict }) => verdict)]).toEqual([
      'gap',
      'gap',
      'proven',
    ]);
    expect((await verifyExport(writeExport([whole, whole]), keysText(key))).verdict).toBe('tampered');
  });
});

describe('what was changed is called tampering (T19)', () => {
  test.each<[string, (entry: SealedTurnover) => object]>([
    ['what people read', (entry) => ({ ...entry, record: { ...entry.record, holder: 'nobody' } })],
    ['the hash', (entry) => ({ ...entry, hash: at(0).hash })],
    ['the case of the hash', (entry) => ({ ...entry, hash: entry.hash.toUpperCase() })],
    ['what was signed', (entry) => ({ ...entry, jws: withPayload(entry, { holder: 'nobody' }) })],
    ['the signature', (entry) => ({ ...entry, jws: `${entry.jws.slice(0, -10)}AAAAAAAAAA` })],
    ['bits of the signature that mean nothing', (entry) => ({ ...entry, jws: withSlackBits(entry.jws) })],
    ['the signature, to another one of ours', (entry) => ({ ...entry, jws: at(0).jws })],
    ['the signature, to that of a head', (entry) => ({ ...entry, jws: whole.head.jws })],
    ['the signature, to nothing', (entry) => ({ ...entry, jws: '' })],
    ['a part of the signature', (entry) => ({ ...entry, jws: entry.jws.split('.').slice(0, 2).join('.') })],
    ['the algorithm', (entry) => ({ ...entry, jws: withHeader(entry, { alg: 'none' }) })],
    [
      'the header, by a key of its own',
      (entry) => ({ ...entry, jws: withHeader(entry, { jwk: other.published }) }),
    ],
    ['the name of the signer', (entry) => ({ ...entry, ...signedAs(entry, other, key.kid) })],
  ])('%s', async (_what, change) => {
    const { verdict, said } = await verified(changed(1, change));
    expect(verdict).toBe('tampered');
    expect(said[0]).toMatch(/^tampered (1|2|null|-): /);
  });

  test('a record that was written anew with everything that hangs on it, but the key', async () => {
    const forged = aChain(other, 4).map((entry) => ({ ...entry, ...signedAs(entry, other, key.kid) }));
    expect((await verified({ ...exported(forged, key), records: forged })).verdict).toBe('tampered');
  });

  test('what our key signed in another form than a server writes', async () => {
    const spaced = JSON.stringify(at(3).record, null, 1);
    const jws = signJws(spaced, JWS_TYPES.record, key);
    expect((await verified(changed(3, (entry) => ({ ...entry, jws })))).verdict).toBe('tampered');
    const noRecord = signJws(canonicalText({ resource: 'res_1' }), JWS_TYPES.record, key);
    expect((await verified(changed(3, (entry) => ({ ...entry, jws: noRecord })))).verdict).toBe('tampered');
  });

  test('another order, a record twice, and one of another resource', async () => {
    expect((await verified(having([at(0), at(2), at(1), at(3)]))).said).toEqual([
      'tampered 2: Record 2 stands behind record 3.',
    ]);
    expect((await verified(having([at(0), at(1), at(1), at(2), at(3)]))).said).toEqual([
      'tampered 2: Record 2 is there more than once.',
    ]);
    const [, foreign] = aChain(key, 2, () => ({ resource: 'res_2' }));
    const spliced = await verified(having([at(0), foreign as SealedTurnover, at(2), at(3)]));
    expect(spliced.verdict).toBe('tampered');
    expect(spliced.said).toContain('tampered 2: Record 2 is one of res_2, put in here.');
    expect(spliced.said).toContain('gap 2: Record 2 is missing before record 3.');
  });

  test('the head: what it says, and whose it is', async () => {
    const { head, jws } = whole.head;
    const lying = { ...whole, head: { head: { ...head, exportedAt: head.exportedAt + 1 }, jws } };
    expect((await verified(lying)).said).toEqual([
      'tampered -: The head: what it says is not what was signed.',
    ]);
    const foreign = sealHead({ ...head, resource: 'res_2' }, key);
    expect((await verified({ ...whole, head: foreign })).said).toEqual([
      'tampered -: The head is one of res_2, put in here.',
    ]);
    const renamed = await verified({ ...whole, resource: 'res_2' });
    expect(renamed.verdict).toBe('tampered');
  });
});

describe('what is missing is called a gap (T20, T21)', () => {
  test.each<[string, readonly SealedTurnover[], string]>([
    ['the first', records.slice(1), 'gap 1: Record 1 is missing before record 2.'],
    ['two in the middle', [at(0), at(3)], 'gap 2: Records 2 to 3 are missing before record 4.'],
    ['the last', records.slice(0, 3), 'gap 4: Record 4 is missing at the end: there were 4.'],
    ['all of them', [], 'gap 1: Records 1 to 4 are missing at the end: there were 4.'],
  ])('%s', async (_what, given, said) => {
    const found = await verified(having(given));
    expect(found.verdict).toBe('gap');
    expect(found.said[0]).toBe(said);
  });

  test('a record that builds on another one than the one before it', async () => {
    const forked = aChain(key, 4, (number) => (number === 2 ? { holder: 'ben' } : {}));
    const mixed = [at(0), forked[1] as SealedTurnover, at(2), at(3)];
    expect(await verified(exported(mixed, key))).toEqual({
      verdict: 'gap',
      said: ['gap 3: Record 3 does not build on the record 2 that is here.'],
    });
    const late = aChain(key, 1, () => ({ previous: at(0).hash }));
    expect((await verified(exported(late, key))).said).toEqual([
      'gap 1: Record 1 builds on one before it, and is the first.',
    ]);
    const ends = await verified({
      ...whole,
      records: [at(0), at(1), at(2), sealed({ ...at(3).record, holder: 'ben' })],
    });
    expect(ends.said).toEqual(['gap 4: The head ends with another record 4 than the one here.']);
  });

  test('a head of an earlier export with later records, and no head at all', async () => {
    const early = exported(records.slice(0, 2), key).head;
    expect(await verified({ ...whole, head: early })).toEqual({
      verdict: 'gap',
      said: ['gap -: The head is older than the records: it tells of 2, here are 4.'],
    });
    const { head: _, ...headless } = whole;
    expect((await verified(headless)).verdict).toBe('gap');
  });

  test('an earlier export is whole by itself, and says of when it is', async () => {
    const early = exported(records.slice(0, 2), key);
    const result = await verifyExport(writeExport([early]), keysText(key));
    if (result.verdict !== 'proven') throw new Error(result.verdict);
    expect(result.chains[0]?.head).toMatchObject({ count: 2, exportedAt: early.head.head.exportedAt });
  });
});

describe('a wrong key is told from tampering (T22)', () => {
  test('the keys of another server', async () => {
    const { verdict, said } = await verified(whole, keysText(other));
    expect(verdict).toBe('wrongKey');
    expect(said).toHaveLength(5);
    expect(said[0]).toBe(
      `wrongKey 1: Record 1: it is signed by the key "${key.kid}", which is not among the keys given.`,
    );
  });

  test('records of somebody who has a key of their own', async () => {
    const forged = [...records.slice(0, 3), sealed({ ...at(3).record, holder: 'ben' }, other)];
    expect((await verified(having(forged))).said[0]).toContain(
      `wrongKey 4: Record 4: it is signed by the key`,
    );
  });

  test('a key that signs after it was retired', async () => {
    const retired = { ...key, published: { ...key.published, exp: (NOON + 150) / 1_000 } };
    const { verdict, said } = await verified(exported(records, other), keysText(other, retired));
    expect(verdict).toBe('wrongKey');
    expect(said).toEqual([3, 4].map((number) => expect.stringContaining(`wrongKey ${number}: `)));
  });
});

describe('a chain that is whole and proves no clean hand-over is called unproven (T23)', () => {
  test.each<[Partial<TurnoverRecord>, string]>([
    [{ verdict: 'cleaned' }, 'it was cleaned, and nothing verified that'],
    [
      { verdict: 'skipped', steps: [aStep({ outcome: 'skipped', skipped: { by: 'oli', reason: 'seen' } })] },
      'the word of oli stands in the place of a step',
    ],
    [{ verdict: 'forgotten', steps: [] }, 'somebody said that the resource is gone, and nothing proved it'],
    [{ verdict: 'verified', steps: [] }, 'it calls itself verified, and no step of it verified anything'],
    [{ verdict: 'fine' as 'verified' }, 'its verdict "fine" is none that this release knows'],
  ])('%j', async (overrides, why) => {
    const chain = aChain(key, 3, (number) => (number === 2 ? overrides : {}));
    expect(await verified(exported(chain, key))).toEqual({
      verdict: 'unproven',
      said: [`unproven 2: Record 2: ${why}.`],
    });
  });

  test('a resource without a turnover, and a file without a resource', async () => {
    expect((await verified(exported([], key))).said).toEqual(['unproven -: No turnover of it was recorded.']);
    expect((await verifyExport(writeExport([]), keysText(key))).verdict).toBe('unproven');
  });

  test('the worst of several findings is the verdict', async () => {
    const chain = aChain(key, 3, () => ({ verdict: 'cleaned' }));
    expect((await verified(exported(chain, key))).verdict).toBe('unproven');
    const cut = { ...exported(chain, key), records: chain.slice(1) };
    expect((await verified(cut)).verdict).toBe('gap');
    expect((await verified(cut, keysText(other))).verdict).toBe('wrongKey');
    const [first, ...rest] = cut.records;
    const edited = { ...cut, records: [{ ...first, hash: '' }, ...rest] };
    expect((await verified(edited)).verdict).toBe('tampered');
  });
});

function sealed(record: TurnoverRecord, by = key): SealedTurnover {
  return { record, ...sealRecord(record, by) };
}

/** The record signed by one key under the name of another. */
function signedAs(
  { record }: SealedTurnover,
  by: typeof key,
  kid: string,
): Pick<SealedTurnover, 'hash' | 'jws'> {
  return sealRecord(aRecord({ ...record, holder: 'nobody' }), { ...by, kid });
}

function withPayload({ jws, record }: SealedTurnover, change: Partial<TurnoverRecord>): string {
  const [header, , signature] = jws.split('.');
  const payload = Buffer.from(canonicalText({ ...record, ...change })).toString('base64url');
  return `${header}.${payload}.${signature}`;
}

function withHeader({ jws }: SealedTurnover, change: object): string {
  const [header = '', ...rest] = jws.split('.');
  const members = JSON.parse(Buffer.from(header, 'base64url').toString()) as object;
  return [Buffer.from(JSON.stringify({ ...members, ...change })).toString('base64url'), ...rest].join('.');
}

/** A signature of 64 bytes leaves four bits of its last character without a meaning. */
function withSlackBits(jws: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(jws.at(-1) ?? '');
  const turned = `${jws.slice(0, -1)}${alphabet[last ^ 1]}`;
  expect(Buffer.from(turned.split('.')[2] ?? '', 'base64url')).toEqual(
    Buffer.from(jws.split('.')[2] ?? '', 'base64url'),
  );
  return turned;
}
