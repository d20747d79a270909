import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDeepStrictEqual } from 'node:util';
import { writeExport } from './export-file.ts';
import { aChain, aKey, exported, keysText } from './testing/a-chain.ts';
import { verifyExport } from './verify-export.ts';

const RUNS = 200;

const key = aKey();
const chains = ['res_1', 'res_2'].map((resource) =>
  exported(
    aChain(key, 5, () => ({ resource })),
    key,
  ),
);
const file = writeExport(chains);
const keys = keysText(key);
const bytes = Buffer.from(file);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Proven, exactly when the file says what it said before. */
async function expectNoticed(edited: Buffer): Promise<void> {
  const text = edited.toString('utf8');
  const { verdict } = await verifyExport(text, keys);
  const isSame = isDeepStrictEqual(parsed(text), JSON.parse(file));
  expect(verdict === 'proven').toBe(isSame);
}

test('the file is proven as it is', async () => {
  expect((await verifyExport(file, keys)).verdict).toBe('proven');
});

test('any byte that is changed is noticed, unless the file says the same (T24)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, byte) => {
      const edited = Buffer.from(bytes);
      edited[at] = byte;
      await expectNoticed(edited);
    }),
    { numRuns: RUNS },
  );
});

test('any bytes that are taken out, or put in, are noticed (T24)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(bytes.length - 1),
      fc.nat(400),
      fc.uint8Array({ maxLength: 4 }),
      async (at, count, added) => {
        await expectNoticed(Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + count)]));
      },
    ),
    { numRuns: RUNS },
  );
});

test('any records that are taken out, exchanged or doubled are noticed (T24)', async () => {
  type Entry = { chain: number; record: number };
  const entry: fc.Arbitrary<Entry> = fc.record({ chain: fc.nat(1), record: fc.nat(4) });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('remove', 'swap', 'double'), entry, entry, async (what, from, to) => {
      const edited = structuredClone(chains) as unknown as { records: unknown[] }[];
      const [a, b] = [edited[from.chain]?.records ?? [], edited[to.chain]?.records ?? []];
      const [taken, replaced] = [a[from.record], b[to.record]];
      if (what === 'remove') a.splice(from.record, 1);
      if (what === 'swap') [a[from.record], b[to.record]] = [replaced, taken];
      if (what === 'double') b.splice(to.record, 0, taken);
      await expectNoticed(Buffer.from(writeExport(edited as never)));
    }),
    { numRuns: RUNS },
  );
});

test('garbage is answered in words, whatever it is (T25)', async () => {
  const nested = `{"format":"poolkeeper-turnovers/1","chains":[{"resource":"r","records":[{"hash":"","jws":"","record":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}]}]}`;
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.anything().map((value) => JSON.stringify({ format: 'poolkeeper-turnovers/1', chains: value }) ?? ''),
    fc
      .array(fc.record({ resource: fc.anything(), head: fc.anything(), records: fc.array(fc.anything()) }))
      .map((value) => {
        try {
          return JSON.stringify({ format: 'poolkeeper-turnovers/1', chains: value });
        } catch {
          return '';
        }
      }),
    fc.constant(nested),
    fc.constant('{"__proto__":{"format":"poolkeeper-turnovers/1","chains":[]}}'),
  );
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), async (garbage, isKeys) => {
      const result = await (isKeys ? verifyExport(file, garbage) : verifyExport(garbage, keys));
      expect(result.verdict).not.toBe('proven');
      if (result.verdict === 'unreadable') expect(result.message).toMatch(/[.]$/);
    }),
    { numRuns: RUNS },
  );
});

test.each([
  ['{}', 'no set of keys'],
  ['{"keys":[]}', 'no Ed25519 key'],
  ['{"keys":[null, 3, {"kty":"RSA","n":"x","e":"AQAB"}]}', 'no Ed25519 key'],
  ['{"keys":[{"kty":"OKP","crv":"Ed25519","x":"short"}]}', 'no "x" of 32 bytes'],
  [keys.replace(/"kid":"..../, '"kid":"xxxx'), 'was changed by hand'],
  [keys.replace('"nbf"', '"exp":"soon","nbf"'), '"exp" that is no number'],
])('keys such as %s are refused', async (text, message) => {
  const result = await verifyExport(file, text);
  expect(result).toMatchObject({ verdict: 'unreadable', file: 'keys' });
  expect(result.verdict === 'unreadable' && result.message).toContain(message);
});
