import type { TurnoverRecord } from '@poolkeeper/core';
import { checkHead, checkRecord } from './check-entry.ts';
import type { Checked } from './check-entry.ts';
import { checkOrder, checkTail } from './chain-order.ts';
import type { Link } from './chain-order.ts';
import type { ExportHead } from './export-file.ts';
import { worstOf } from './finding.ts';
import type { Finding, FindingKind } from './finding.ts';
import type { KeyRing } from './key-ring.ts';
import type { GivenChain } from './read-export.ts';
import { unprovenBy } from './unproven.ts';

/** What the chain of one resource comes to. */
export type ChainVerification = {
  readonly resource: string;
  readonly verdict: 'proven' | FindingKind;
  /** What is in the file, in its order. `record` is there where key and signature stand for it. */
  readonly entries: readonly {
    readonly number: number | null;
    readonly kid: string | null;
    readonly record: TurnoverRecord | null;
  }[];
  /** Where the chain ended when it was exported, where key and signature stand for it. */
  readonly head: ExportHead | null;
  readonly findings: readonly Finding[];
};

/**
 * Verifies the records of one resource by themselves, each on the one before it, and the last against the signed head.
 *
 * Shape: answers all findings; the worst of them is the verdict.
 * Source: T18–T23 in docs/spec/turnover-record.md.
 */
export async function verifyChain(chain: GivenChain, keys: KeyRing): Promise<ChainVerification> {
  const { resource } = chain;
  const findings: Finding[] = [];
  const find = (kind: FindingKind, number: number | null, message: string): void =>
    void findings.push({ kind, resource, number, message });

  const links: Link[] = [];
  const entries: ChainVerification['entries'][number][] = [];
  for (const [index, given] of chain.records.entries()) {
    const checked = await checkRecord(given, keys);
    const number = numberOf(checked.value ?? given.record);
    const name = number === null ? `The record at place ${index + 1}` : `Record ${number}`;
    entries.push({ number, kid: checked.kid ?? null, record: authenticValue(checked) });
    if (checked.fault !== null) find(checked.fault.kind, number, `${name}: ${checked.fault.message}.`);
    else if (checked.value?.resource !== resource) {
      find('tampered', number, `${name} is one of ${checked.value?.resource}, put in here.`);
      continue;
    }
    if (number !== null) links.push(linkOf(number, checked));
  }
  checkOrder(links, find);
  const head = await checkEnd(chain, keys, { links, find });
  for (const { record } of entries) {
    const why = record === null ? null : unprovenBy(record);
    if (record !== null && why !== null) find('unproven', record.number, `Record ${record.number}: ${why}.`);
  }
  if (chain.records.length === 0) find('unproven', null, 'No turnover of it was recorded.');
  return { resource, verdict: worstOf(findings) ?? 'proven', entries, head, findings };
}

type End = {
  readonly links: readonly Link[];
  readonly find: (...finding: [FindingKind, number | null, string]) => void;
};

async function checkEnd(chain: GivenChain, keys: KeyRing, { links, find }: End): Promise<ExportHead | null> {
  if (chain.head === null) {
    find('gap', null, 'There is no signed head, so nobody can tell whether records are missing at the end.');
    return null;
  }
  const checked = await checkHead(chain.head, keys);
  if (checked.fault !== null) {
    find(checked.fault.kind, null, `The head: ${checked.fault.message}.`);
    return null;
  }
  const head = checked.value as ExportHead;
  if (head.resource !== chain.resource) {
    find('tampered', null, `The head is one of ${head.resource}, put in here.`);
    return null;
  }
  checkTail(links, head, find);
  return head;
}

/** What somebody changed tells nothing of its neighbours: they are not measured by it. */
function linkOf(number: number, { value, hash, fault }: Checked<TurnoverRecord>): Link {
  if (value === undefined || fault?.kind === 'tampered')
    return { number, previous: undefined, hash: undefined };
  return { number, previous: value.previous, hash };
}

function authenticValue<T>({ value, fault }: Checked<T>): T | null {
  return fault === null ? (value ?? null) : null;
}

function numberOf(record: object): number | null {
  const { number } = record as { readonly number?: unknown };
  return Number.isSafeInteger(number) && (number as number) > 0 ? (number as number) : null;
}
