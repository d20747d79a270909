import type { Json } from '@poolkeeper/core';
import { ProviderTransient } from '../contract.ts';
import type { Login } from './credential.ts';
import { secretOf } from './credential.ts';
import { exchange } from './exchange.ts';
import type { Answer, Exchange, Wire } from './exchange.ts';
import { failureOf } from './failure.ts';
import type { Gate } from './gate.ts';
import { addressOf } from './services.ts';
import type { Addresses, ServiceName } from './services.ts';
import type { Sessions } from './sessions.ts';
import type { Token } from './tokens.ts';

export type ServiceCall = Pick<Exchange, 'method' | 'headers' | 'once'> & {
  readonly service: ServiceName;
  readonly region?: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** Statuses beside 2xx that the caller understands itself. */
  readonly understands?: readonly number[];
  /** The refresh token goes along, for a service that does things in the name of the caller later. */
  readonly lendsRefresh?: true;
};

export type CloudInput = {
  readonly wire: Wire;
  readonly sessions: Sessions;
  readonly addresses: Addresses;
  readonly gate: Gate;
  readonly account: string;
  readonly login: Login;
  /** Hidden in whatever a service says. */
  readonly secrets: readonly string[];
};

/** The services of IBM Cloud, called in the name of one login. */
export class Cloud {
  readonly #input: CloudInput;

  constructor(input: CloudInput) {
    this.#input = input;
  }

  get account(): string {
    return this.#input.account;
  }

  /** The same services, called in the name of another login of the account. */
  as(login: Login): Cloud {
    return new Cloud({ ...this.#input, login, secrets: [...this.#input.secrets, secretOf(login)] });
  }

  /** Logs in anew. Errors: those of `fetchToken`. */
  logIn(signal: AbortSignal): Promise<Token> {
    const { sessions, login, account } = this.#input;
    return sessions.logIn(login, account, signal);
  }

  /**
   * Calls a service; a token that it does not take is renewed once.
   *
   * Errors: those of `failureOf` for every status that the caller does not understand; those of `fetchToken` and `exchange`.
   */
  call(call: ServiceCall, signal: AbortSignal): Promise<Answer> {
    return this.#input.gate.pass(signal, () => this.#call(call, signal));
  }

  async #call(call: ServiceCall, signal: AbortSignal): Promise<Answer> {
    const { sessions, login, account, secrets } = this.#input;
    const understood = call.understands ?? [];
    let token = await sessions.token(login, account, signal);
    let answer = await this.#exchange(call, token, signal);
    if (answer.status === 401 && !understood.includes(401)) {
      sessions.forget(login, account, token);
      token = await sessions.token(login, account, signal);
      answer = await this.#exchange(call, token, signal);
    }
    const isGood = answer.status >= 200 && answer.status < 300;
    if (isGood || understood.includes(answer.status)) return answer;
    const sent = [
      ...secrets,
      secretOf(login),
      token.access,
      ...(token.refresh === null ? [] : [token.refresh]),
    ];
    throw failureOf({ method: call.method, url: this.#url(call) }, answer, sent);
  }

  #exchange(call: ServiceCall, token: Token, signal: AbortSignal): Promise<Answer> {
    const { method, body, once } = call;
    const headers = {
      authorization: `Bearer ${token.access}`,
      ...(call.lendsRefresh === true && token.refresh !== null ? { refresh_token: token.refresh } : {}),
      ...call.headers,
    };
    const query = new URLSearchParams(call.query ?? {}).toString();
    const url = `${this.#url(call)}${query === '' ? '' : `?${query}`}`;
    const content = { ...(body === undefined ? {} : { body }), ...(once === undefined ? {} : { once }) };
    return exchange(this.#input.wire, { method, url, headers, ...content }, signal);
  }

  #url({ service, region = '', path }: ServiceCall): string {
    const address = addressOf(this.#input.addresses, service, region);
    if (address !== undefined) return `${address}${path}`;
    throw new ProviderTransient(
      `The service ${service} has no address. Set addresses.${service} of the provider.`,
    );
  }
}
