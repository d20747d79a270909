import { DatabaseError } from 'pg';
import { StaleTerm, StoreFailure } from '../contract.ts';
import { WentBack } from '../shared-contract.ts';

/** SQLSTATEs, or their first two characters, that have a sentence of their own. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const SENTENCES: Record<string, string> = {
  '25006': 'takes no writes: it is a standby, or set to read only. Name the primary too, or promote this one',
  '28': 'refused who we are. Check the user and the password of its URL',
  '3D000': 'has no database of that name. Create it, or correct the URL',
  '42501':
    'gave us no right to do it. Grant the user create on the database, and all on the schema poolkeeper',
  '53100': 'has a full disk. Free some space; nothing that was acknowledged is lost',
  '53200': 'is out of memory. Look at its log',
  '53300': 'has no connection left. Raise its max_connections, or end other clients',
  '55P03': 'kept us waiting for a lock for too long. See in pg_stat_activity who holds it',
  '57014': 'took too long. See in pg_stat_activity what it is busy with',
  '57P': 'is shutting down or starting. Wait for it, or look at its log',
  '42P01': 'lacks a table of ours. Start a replica anew, which makes it, or restore a backup',
  '3F000': 'lacks the schema poolkeeper. Start a replica anew, which makes it, or restore a backup',
  XX001: 'has damaged data. Restore a backup',
  XX002: 'has a damaged index. Restore a backup, or have it rebuilt with reindex',
};

const UNTRUSTED =
  'has a certificate that is not trusted here. Name its authority by sslrootcert, and the host as the certificate does';
/** Of Node's TLS: codes, or what they begin with. */
const UNTRUSTED_CODES = [
  'ERR_TLS_CERT',
  'UNABLE_TO_',
  'SELF_SIGNED',
  'DEPTH_ZERO',
  'CERT_',
  'HOSTNAME_MISMATCH',
];

/** Nobody answered, or not in time; whether what was asked happened is not known. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** Says what went wrong without internals; they are in the cause. Errors of the contract stay as they are. */
export function asStoreFailure(error: unknown, target: string): Error {
  if (error instanceof StoreFailure || error instanceof StaleTerm || error instanceof WentBack) return error;
  const sentence = sentenceOf(error);
  if (sentence !== undefined)
    return new StoreFailure(`The database ${target} ${sentence}.`, { cause: error });
  if (error instanceof DatabaseError) {
    return new StoreFailure(
      `The database ${target} refused what was asked of it. The log line has its words.`,
      {
        cause: error,
      },
    );
  }
  return new StoreFailure(
    `The database ${target} does not answer. Check that it runs and can be reached from here; we go on trying.`,
    { cause: error },
  );
}

function sentenceOf(error: unknown): string | undefined {
  const { code: tlsCode = '', message = '' } = error as { code?: string; message?: string };
  if (UNTRUSTED_CODES.some((each) => tlsCode.startsWith(each))) return UNTRUSTED;
  if (message.includes('does not support SSL'))
    return 'offers no TLS. Set it up there, or use another sslmode';
  const code = codeOf(error);
  return SENTENCES[code] ?? SENTENCES[code.slice(0, 3)] ?? SENTENCES[code.slice(0, 2)];
}

export function codeOf(error: unknown): string {
  return error instanceof DatabaseError ? (error.code ?? '') : '';
}

/** Did the server itself say that it did nothing? Of everything else the outcome is unknown. */
export function isSurelyUndone(error: unknown): boolean {
  return error instanceof DatabaseError && error.severity === 'ERROR';
}

/** May the same statement work in a moment, on another host or the same? */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  return (
    !(error instanceof DatabaseError) ||
    ['57014', '55P03', '40001', '40P01', '25006', '53300'].includes(code) ||
    code.startsWith('57P')
  );
}
