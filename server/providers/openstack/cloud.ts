import type { Json } from '@poolkeeper/core';
import { ProviderRefused } from '../contract.ts';
import { exchange, nameOf } from './exchange.ts';
import type { Answer, Exchange, Wire } from './exchange.ts';
import { failureOf } from './failure.ts';
import { logIn, withVersion } from './login.ts';
import type { Interface, Session } from './login.ts';
import type { Settings } from './settings.ts';

/** A token is renewed so long before it ends, or when a tenth of its life is left if that is less. Milliseconds. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** The services that are called: the type in the catalogue, and the version that is meant where an address has none. */
const VERSIONS = { compute: 'v2.1', network: 'v2.0', image: 'v2' } as const;
export type ServiceName = keyof typeof VERSIONS;

/** The oldest Nova API that tells a server's flavour by name. Clouds since 2017 have it. */
const COMPUTE_VERSION = '2.47';

export type ServiceCall = Pick<Exchange, 'method'> & {
  readonly service: ServiceName;
  /** With its query. */
  readonly path: string;
  readonly body?: Json;
  /** Statuses beside 2xx that the caller understands itself. */
  readonly understands?: readonly number[];
  /** Does it ask for something new? Then a conflict is a lack of room. */
  readonly creates?: true;
};

export type CloudInput = {
  readonly wire: Wire;
  readonly settings: Settings;
  readonly interface: Interface;
  /** Aborts when the provider is closed. */
  readonly closing: AbortSignal;
};

type Login = { readonly session: Promise<Session>; done?: Session; renewAt: number };

/** One project in one region of a cloud: its services, called with a token that is renewed in time. */
export class Cloud {
  readonly #input: CloudInput;
  #login: Login | undefined;

  constructor(input: CloudInput) {
    this.#input = input;
  }

  /** Does the region have such a service? */
  async has(service: ServiceName, signal: AbortSignal): Promise<boolean> {
    return (await this.#session(signal)).endpoints.has(service);
  }

  /**
   * Calls a service; a token that it does not take is renewed once.
   *
   * Errors: those of `failureOf` for every status that the caller does not understand; those of `logIn` and `exchange`.
   */
  async call(call: ServiceCall, signal: AbortSignal): Promise<Answer> {
    let session = await this.#session(signal);
    let answer = await this.#exchange(session, call, signal);
    if (answer.status === 401) {
      // Another call may have renewed it already.
      if (this.#login?.done === session) this.#login = undefined;
      session = await this.#session(signal);
      answer = await this.#exchange(session, call, signal);
    }
    const isGood = answer.status >= 200 && answer.status < 300;
    if (isGood || call.understands?.includes(answer.status) === true) return answer;
    const secrets = [session.token, this.#input.settings.credentials.password];
    throw failureOf({ ...call, url: this.#url(session, call) }, answer, secrets);
  }

  #exchange(session: Session, call: ServiceCall, signal: AbortSignal): Promise<Answer> {
    const { method, body } = call;
    const headers = {
      'x-auth-token': session.token,
      ...(call.service === 'compute' ? { 'openstack-api-version': `compute ${COMPUTE_VERSION}` } : {}),
    };
    const url = this.#url(session, call);
    return exchange(
      this.#input.wire,
      { method, url, headers, ...(body === undefined ? {} : { body }) },
      signal,
    );
  }

  #url({ endpoints }: Session, call: ServiceCall): string {
    const endpoint = endpoints.get(call.service);
    if (endpoint !== undefined) {
      const base = call.service === 'compute' ? endpoint : withVersion(endpoint, VERSIONS[call.service]);
      return `${base}${call.path}`;
    }
    const { region } = this.#input.settings;
    throw new ProviderRefused(
      `The catalogue of Keystone has no ${call.service} service in region "${region}", and ${nameOf({ method: call.method, url: call.path })} needs one. Leave out of the template what needs it, or correct settings.region.`,
    );
  }

  /** The session that is good now. All who need one at once share one login; each stops waiting when its own signal aborts. */
  async #session(signal: AbortSignal): Promise<Session> {
    signal.throwIfAborted();
    const { clock } = this.#input.wire;
    if (this.#login === undefined || clock.now() >= this.#login.renewAt) this.#login = this.#begin();
    return orAborted(this.#login.session, signal);
  }

  #begin(): Login {
    const { clock } = this.#input.wire;
    const startedAt = clock.now();
    const session = logIn(this.#input, this.#input.closing);
    const login: Login = { session, renewAt: Number.POSITIVE_INFINITY };
    session.then(
      (done) => {
        const { expiresAt } = done;
        login.done = done;
        login.renewAt = expiresAt - Math.min(RENEW_BEFORE_MS, (expiresAt - startedAt) / 10);
      },
      () => {
        if (this.#login === login) this.#login = undefined;
      },
    );
    return login;
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
