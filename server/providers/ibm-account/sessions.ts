import { createHash } from 'node:crypto';
import type { Login } from './credential.ts';
import type { Wire } from './exchange.ts';
import { LoginRefused, fetchToken } from './tokens.ts';
import type { Token } from './tokens.ts';

/** More credentials than that are logged in anew, the one that was used least lately first. */
const SESSIONS_MAX = 1_000;
/** A renewal that failed while the token is still good is tried again after so long. Milliseconds. */
const RENEW_AGAIN_MS = 60_000;

type Session = { token?: Token; renewal?: Promise<Token>; renewAgainAt: number };

export type SessionsInput = {
  readonly wire: Wire;
  /** Address of IAM. */
  readonly url: string;
  /** Aborts when the provider is closed: a login is shared, so it does not end with one of its callers. */
  readonly closing: AbortSignal;
};

/** Tokens in memory, by what was logged in with: renewed before they end, one login for all who need one at once. */
export class Sessions {
  readonly #input: SessionsInput;
  readonly #sessions = new Map<string, Session>();

  constructor(input: SessionsInput) {
    this.#input = input;
  }

  /**
   * A token that is good now.
   *
   * Errors: those of `fetchToken`; the signal's reason.
   */
  async token(login: Login, account: string, signal: AbortSignal): Promise<Token> {
    signal.throwIfAborted();
    const session = this.#find(login, account);
    const now = this.#input.wire.clock.now();
    const { token } = session;
    const isGood = token !== undefined && now < token.expiresAt;
    if (isGood && (now < token.renewAt || now < session.renewAgainAt)) return token;
    session.renewal ??= this.#renew(session, login, account).finally(() => {
      delete session.renewal;
    });
    try {
      return await orAborted(session.renewal, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isGood || error instanceof LoginRefused) throw error;
      session.renewAgainAt = now + RENEW_AGAIN_MS;
      return token;
    }
  }

  /** Logs in whatever is remembered: that is how one finds out whether a credential is still good. Errors: those of `fetchToken`. */
  async logIn(login: Login, account: string, signal: AbortSignal): Promise<Token> {
    const { wire, url } = this.#input;
    const token = await fetchToken({ wire, url, account }, login, signal);
    this.#find(login, account).token = token;
    return token;
  }

  /** A token that a service does not take is not handed out again. */
  forget(login: Login, account: string, token: Token): void {
    const session = this.#find(login, account);
    if (session.token === token) delete session.token;
  }

  async #renew(session: Session, login: Login, account: string): Promise<Token> {
    const { wire, url, closing } = this.#input;
    const input = { wire, url, account };
    const refresh = session.token?.refresh ?? null;
    const renewed =
      refresh === null
        ? undefined
        : await this.#refresh(input, refresh).catch((error: unknown) => {
            // A refresh token ends too. Then what was logged in with is asked for again.
            if (error instanceof LoginRefused) return undefined;
            throw error;
          });
    const token = renewed ?? (await fetchToken(input, login, closing));
    session.token = token;
    return token;
  }

  #refresh(input: Parameters<typeof fetchToken>[0], refresh: string): Promise<Token> {
    return fetchToken(input, { kind: 'refresh', refresh }, this.#input.closing);
  }

  #find(login: Login, account: string): Session {
    const key = createHash('sha256')
      .update(JSON.stringify([account, login]))
      .digest('hex');
    const session = this.#sessions.get(key) ?? { renewAgainAt: 0 };
    // What is used goes to the end, so that the first is the one to forget.
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    const [first] = this.#sessions.keys();
    if (this.#sessions.size > SESSIONS_MAX && first !== undefined) this.#sessions.delete(first);
    return session;
  }
}

/** Waits for shared work, but not longer than the caller wants. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
