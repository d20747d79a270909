import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { SealedRecord, TurnoverRecord, TurnoverStep } from '@poolkeeper/core';
import type { ChainExport, SealedTurnover } from '../export-file.ts';
import { keyIdOf, publicHalf } from '../key-id.ts';
import type { PublicKey } from '../key-id.ts';
import { sealHead, sealRecord } from '../seal.ts';
import type { SigningKey } from '../seal.ts';

/** Keys, records and chains for tests; what a test cares about it overrides. */

export const NOON = 1_772_366_400_000;

export type TestKey = SigningKey & { readonly published: PublicKey };

export function aKey(validUntil: number | null = null): TestKey {
  const { privateKey } = generateKeyPairSync('ed25519') as { privateKey: KeyObject };
  const { x = '' } = privateKey.export({ format: 'jwk' });
  return { kid: keyIdOf(x), privateKey, published: publicHalf({ x, validFrom: NOON, validUntil }) };
}

/** The text of a file of public keys. */
export function keysText(...keys: readonly TestKey[]): string {
  return JSON.stringify({ keys: keys.map(({ published }) => published) });
}

export function aStep(overrides: Partial<TurnoverStep> = {}): TurnoverStep {
  return {
    run: 'run_1',
    phase: 'verify',
    workflow: 'nothing-left',
    name: 'look',
    uses: 'ssh',
    outcome: 'passed',
    attempts: 1,
    startedAt: NOON,
    endedAt: NOON + 20,
    exitCode: 0,
    outputDigest: 'ab'.repeat(32),
    outputBytes: 12,
    evidence: { files: 0 },
    error: null,
    skipped: null,
    ...overrides,
  };
}

export function aRecord(overrides: Partial<TurnoverRecord> = {}): TurnoverRecord {
  return {
    resource: 'res_1',
    name: 'b1',
    pool: 'boards',
    kind: 'board',
    provider: 'hand',
    number: 1,
    previous: null,
    epoch: 1,
    lease: 'lse_1',
    holder: 'ann',
    startedAt: NOON,
    endedAt: NOON + 60,
    verdict: 'verified',
    steps: [aStep({ phase: 'clean', workflow: 'wipe', name: 'clean', uses: 'exec' }), aStep()],
    ...overrides,
  };
}

/** Records of one resource, each on the one before it. `each`: what is said of the one of that number. */
export function aChain(
  key: SigningKey | ((number: number) => SigningKey),
  count: number,
  each: (number: number) => Partial<TurnoverRecord> = () => ({}),
): SealedTurnover[] {
  const chain: SealedTurnover[] = [];
  for (let number = 1; number <= count; number += 1) {
    const record = aRecord({
      number,
      previous: chain.at(-1)?.hash ?? null,
      epoch: number,
      lease: `lse_${number}`,
      endedAt: NOON + number * 60,
      ...each(number),
    });
    chain.push({ record, ...sealRecord(record, typeof key === 'function' ? key(number) : key) });
  }
  return chain;
}

/** The chain as it is exported. */
export function exported(records: readonly SealedTurnover[], key: SigningKey): ChainExport {
  const last = records.at(-1);
  const resource = last?.record.resource ?? 'res_1';
  const head = { resource, count: records.length, hash: last?.hash ?? null, exportedAt: NOON + 3_600_000 };
  return { resource, head: sealHead(head, key), records };
}

/** The record as a decision hands it to the store. */
export function stored({ record, hash, jws }: SealedTurnover): SealedRecord {
  const { resource, number, endedAt } = record;
  return { resource, number, endedAt, hash, jws };
}
