import { timingSafeEqual } from 'node:crypto';
import type { ConfiguredToken } from './configuration/configuration.ts';
import type { AcctpoolKeys } from './keys.ts';

/** Who asks, as far as the service has to know: nothing of it is secret. */
export type Consumer = {
  /** The holder of his leases. */
  readonly holder: string;
} & Pick<ConfiguredToken, 'reservationsMax' | 'durationMsMax' | 'types'>;

/** Tells holders of this dialect from those of the native API. */
const HOLDER_PREFIX = 'acctpool:';
/** Characters of a token; a longer one is none of ours, and not worth hashing. */
const TOKEN_LENGTH_MAX = 4_096;

/** The tokens of the file: only digests of them are kept. */
export class TokenBook {
  readonly #keys: AcctpoolKeys;
  readonly #entries: readonly { readonly digest: Buffer; readonly consumer: Consumer }[];

  constructor(keys: AcctpoolKeys, tokens: readonly ConfiguredToken[]) {
    this.#keys = keys;
    this.#entries = tokens.map(({ secret, name, ...limits }) => ({
      digest: keys.digest(secret),
      consumer: { holder: `${HOLDER_PREFIX}${name ?? keys.shortDigest(secret)}`, ...limits },
    }));
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Whose token it is. It takes as long for every text of a length: all are compared, each in constant time. */
  find(token: string): Consumer | undefined {
    if (token === '' || token.length > TOKEN_LENGTH_MAX) return undefined;
    const digest = this.#keys.digest(token);
    let found: Consumer | undefined;
    for (const entry of this.#entries) if (timingSafeEqual(entry.digest, digest)) found = entry.consumer;
    return found;
  }
}
