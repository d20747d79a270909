import type { Logger } from '../../logger.ts';
import { MARKS, RESOURCE_MARK, isKnownStatus, stateOf } from './server-view.ts';
import type { Server } from './server-view.ts';

/** So much is remembered of what was said, so that it is not said with every list. */
const SAID_MAX = 1_000;
const FAULT_LENGTH_MAX = 300;

/** Says in the log what is odd about servers, each thing once. */
export class Remarks {
  readonly #provider: string;
  readonly #logger: Logger;
  readonly #said = new Set<string>();

  constructor(provider: string, logger: Logger) {
    this.#provider = provider;
    this.#logger = logger;
  }

  /** A server whose status means nothing to us, or that could not be built. */
  odd(server: Server): void {
    const { id, status } = server;
    if (!isKnownStatus(status)) {
      this.#warn(
        `${id} ${status}`,
        { server: id, status },
        'a server has a status that is not known, and counts as pending',
      );
    }
    if (stateOf(server) !== 'REJECTED') return;
    const fault = server.fault?.slice(0, FAULT_LENGTH_MAX) ?? 'the cloud does not say why';
    const resource = server.metadata[RESOURCE_MARK];
    this.#warn(`${id} failed`, { server: id, resource, fault }, 'the cloud could not build a server');
  }

  second({ id }: Server, resource: string): void {
    const fields = { server: id, resource };
    this.#warn(`${id} second`, fields, 'a resource has a second server, which ends together with the first');
  }

  surplus({ id, metadata }: Server): void {
    const fields = { server: id, resource: metadata[RESOURCE_MARK] };
    this.#warn(`${id} surplus`, fields, 'a resource was made twice, and the younger server is ended');
  }

  foreign({ id }: Server, resource: string): void {
    const fields = { server: id, resource };
    this.#warn(
      `${id} foreign`,
      fields,
      'the server of a resource does not bear its marks any more, and is left alone',
    );
  }

  taken({ id, metadata }: Server, to: string): void {
    const fields = { server: id, from: metadata[MARKS.cloudPool], to };
    this.#logger.warn({ provider: this.#provider, ...fields }, 'a member of another pool is attached');
  }

  swept(count: number): void {
    if (count === 0) return;
    this.#logger.warn(
      { provider: this.#provider, count },
      'floating addresses were given back whose servers are gone',
    );
  }

  notSwept({ message }: Error): void {
    this.#warn(`sweep ${message}`, { reason: message }, 'floating addresses could not be looked through');
  }

  #warn(key: string, fields: object, message: string): void {
    if (this.#said.has(key)) return;
    if (this.#said.size >= SAID_MAX) this.#said.clear();
    this.#said.add(key);
    this.#logger.warn({ provider: this.#provider, ...fields }, message);
  }
}
