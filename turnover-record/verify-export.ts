import { worstOf } from './finding.ts';
import type { Finding, FindingKind } from './finding.ts';
import { readKeySet } from './key-ring.ts';
import { readExportText } from './read-export.ts';
import { verifyChain } from './verify-chain.ts';
import type { ChainVerification } from './verify-chain.ts';

/** What an export file comes to. `unreadable`: one of the two files is not what it should be; nothing was verified then. */
export type Verification =
  | { readonly verdict: 'unreadable'; readonly file: 'export' | 'keys'; readonly message: string }
  | {
      readonly verdict: 'proven' | FindingKind;
      readonly chains: readonly ChainVerification[];
      readonly findings: readonly Finding[];
    };

/**
 * Verifies an export file with the public keys of the server that made it. Needs no server and no network.
 *
 * Shape: `proven` when every record of every chain is there, is as it was signed, and tells of a hand-over that was proven clean.
 * Errors: none; what cannot be read is answered too.
 * Source: docs/turnover-records.md; T18–T24 in docs/spec/turnover-record.md.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { verifyExport } from '@poolkeeper/turnover-record';
 *
 * const { verdict } = await verifyExport(await readFile('b1.json', 'utf8'), await readFile('keys.json', 'utf8'));
 * if (verdict !== 'proven') throw new Error(verdict);
 * ```
 */
export async function verifyExport(exportText: string, keysText: string): Promise<Verification> {
  const keys = await readKeySet(keysText);
  if (typeof keys === 'string') return { verdict: 'unreadable', file: 'keys', message: keys };
  const given = readExportText(exportText);
  if (typeof given === 'string') return { verdict: 'unreadable', file: 'export', message: given };
  const findings: Finding[] = [];
  const chains: ChainVerification[] = [];
  const seen = new Set<string>();
  for (const chain of given) {
    const { resource } = chain;
    if (seen.has(resource)) {
      findings.push({ kind: 'tampered', resource, number: null, message: 'It is there more than once.' });
    }
    seen.add(resource);
    const verified = await verifyChain(chain, keys);
    chains.push(verified);
    findings.push(...verified.findings);
  }
  // What holds nothing proves nothing.
  const verdict = given.length === 0 ? 'unproven' : (worstOf(findings) ?? 'proven');
  return { verdict, chains, findings };
}
