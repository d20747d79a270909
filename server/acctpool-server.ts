import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { AcctpoolStartError, bootAcctpool } from './acctpool-boot.ts';
import type { AcctpoolBootParts } from './acctpool-boot.ts';
import type { AcctpoolSettings } from './config/acctpool-settings.ts';
import type { Settings } from './config/environment.ts';
import { isLoopback, openListener } from './dialect-server.ts';
import type { DialectServer } from './dialect-server.ts';
import { createAcctpoolApp } from './dialects/acctpool/acctpool-app.ts';
import type { AcctpoolConfiguration } from './dialects/acctpool/configuration/configuration.ts';
import { createAcctpoolKeys, KEY_BYTES } from './dialects/acctpool/keys.ts';
import type { AcctpoolKeys } from './dialects/acctpool/keys.ts';
import { EXPIRED_SHOWN_MS } from './dialects/acctpool/parts.ts';
import { TokenBook } from './dialects/acctpool/token-book.ts';
import type { Keeper } from './keeper/contract.ts';
import { openLeaseCredentials } from './lease-credentials.ts';
import type { Logger } from './logger.ts';
import type { CredentialSeal } from './seal/credential-seal.ts';
import type { SecretBox } from './seal/secret-box.ts';
import type { Timers } from './timers.ts';

/** The secret of the world that ids of reservations and digests of tokens are made with. */
const KEY_SECRET = 'acctpool-key';

export type AcctpoolServerInput = {
  readonly keeper: Keeper;
  readonly configurator: AcctpoolBootParts['configurator'];
  readonly settings: Settings;
  /** How the drop-in is served, and what its file says. */
  readonly acctpool: AcctpoolSettings;
  readonly configuration: AcctpoolConfiguration;
  readonly seal: SecretBox;
  readonly credentialSeal: CredentialSeal;
  readonly newId: (prefix: string) => string;
  readonly timers: Timers;
  readonly logger: Logger;
  /** How long a listener that stops still takes what was on its way to it, in milliseconds. */
  readonly lingerMs: number;
};

/** The account pool of one server, at the root of a listener of its own. Disposing answers what is under way and closes it. */
export class AcctpoolServer implements DialectServer {
  readonly #input: AcctpoolServerInput;
  #keys: AcctpoolKeys | undefined;
  #app: FastifyInstance | undefined;

  constructor(input: AcctpoolServerInput) {
    this.#input = input;
  }

  /** Brings types and accounts to where the file wants them. Errors: `AcctpoolStartError`. */
  async boot(): Promise<void> {
    const { acctpool, configuration, logger } = this.#input;
    for (const warning of configuration.warnings) logger.warn({ file: acctpool.path }, warning);
    for (const variable of acctpool.ignoredVariables)
      logger.warn({ variable }, 'this variable of the original is ignored: nothing of it is needed');
    if (acctpool.cleaner.kind === 'none')
      logger.warn(
        'ACCOUNTS ARE LENT AS THEIR LAST HOLDER LEFT THEM: nobody cleans, verifies or rotates anything.',
      );
    const keys = await this.#openKeys();
    this.#keys = keys;
    await bootAcctpool({
      ...this.#input,
      cleaner: acctpool.cleaner,
      digest: (text) => keys.shortDigest(text),
      seal: (id, part, values) => this.#input.credentialSeal.seal(id, part, values),
    });
  }

  async listen(): Promise<readonly string[]> {
    const { acctpool, configuration, credentialSeal, keeper, logger, settings, timers, lingerMs } =
      this.#input;
    const { listen } = acctpool;
    const keys = this.#keys as AcctpoolKeys;
    const app = createAcctpoolApp({
      keeper,
      keys,
      tokens: new TokenBook(keys, configuration.tokens),
      types: configuration.types,
      openCredentials: (world, lease, now) =>
        openLeaseCredentials(world, lease, { seal: credentialSeal, now }),
      expiredShownMs: EXPIRED_SHOWN_MS,
      logger,
      trustProxy: settings.trustProxy,
    });
    this.#app = app;
    const url = await openListener(app, { listen, isSecure: false, timers, lingerMs });
    const counts = { tokens: configuration.tokens.length, accounts: configuration.accounts.length };
    logger.info({ url, ...counts }, 'accounts are lent');
    if (!isLoopback(listen.host) && settings.trustProxy === false)
      logger.warn(
        { host: listen.host },
        'ACCOUNTS ARE LENT WITHOUT TLS: tokens and credentials travel in the clear.',
      );
    return [url];
  }

  /** A key of the world's own: made once, sealed as every secret, and in its backups. */
  async #openKeys(): Promise<AcctpoolKeys> {
    const { keeper, seal } = this.#input;
    const sealed = await keeper.read(({ secrets }) => secrets.get(KEY_SECRET)?.sealed);
    if (sealed !== undefined) return createAcctpoolKeys(Buffer.from(this.#open(sealed), 'base64url'));
    const secret = randomBytes(KEY_BYTES);
    const value = seal.seal(KEY_SECRET, secret.toString('base64url'));
    await keeper.ask({ type: 'putSecret', name: KEY_SECRET, sealed: value, by: 'acctpool' });
    return createAcctpoolKeys(secret);
  }

  #open(sealed: string): string {
    try {
      return this.#input.seal.open(KEY_SECRET, sealed);
    } catch (cause) {
      throw new AcctpoolStartError(
        `The key of reservation ids cannot be opened: ${cause instanceof Error ? cause.message : 'nobody knows why'}.`,
        { advice: 'Start the server with the master key that it had.', cause },
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app?.close();
  }
}
