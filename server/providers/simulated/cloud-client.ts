import type { Json, JsonObject } from '@poolkeeper/core';
import type { Timers } from '../../timers.ts';
import { ProviderExhausted, ProviderRefused, ProviderTransient } from '../contract.ts';
import { callCloud } from './cloud-call.ts';
import type { CloudAnswer, CloudCall } from './cloud-call.ts';
import { readMachine } from './cloud-machine.ts';
import type { CloudMachine } from './cloud-machine.ts';
import { isObject } from './is-object.ts';
import type { Tags } from './tags.ts';
import type { SimulatedTemplate } from './template.ts';

/** How long a creation may take to be answered, and anything else. Milliseconds. */
const CREATE_MS_MAX = 25_000;
const ANSWER_MS_MAX = 12_000;
/** Machines that one page brings, and pages that are read. */
const PAGE_LIMIT = 1_000;
const PAGES_MAX = 1_000;
const MESSAGE_LENGTH_MAX = 200;

/**
 * The API of one cloud.
 *
 * Errors, of every method: `ProviderTransient` for what may pass, with the cloud's address and what to do.
 */
export class CloudClient {
  readonly #place: { readonly url: string; readonly timers: Timers };

  constructor(input: { readonly url: string; readonly timers: Timers }) {
    this.#place = { url: input.url.replace(/\/+$/, ''), timers: input.timers };
  }

  /**
   * Makes a machine, or answers the one that an earlier call with the same token made, whatever became of it.
   *
   * Errors: `ProviderExhausted` over the quota, `ProviderRefused` when the cloud takes no such machine.
   */
  async create(
    request: SimulatedTemplate & { readonly clientToken: string },
    signal: AbortSignal,
  ): Promise<CloudMachine> {
    const body = { ...request };
    const call: CloudCall = { method: 'POST', path: '/machines', body, answerMsMax: CREATE_MS_MAX };
    const answer = await callCloud(this.#place, call, signal);
    if (answer.status === 409)
      throw new ProviderExhausted(`${this.#said(call, answer)} Filling goes on when it has room.`);
    if (answer.status === 400)
      throw new ProviderRefused(`${this.#said(call, answer)} Correct the pool's template.`);
    return this.#machineOf(call, answer);
  }

  /** Undefined when there is no such machine. */
  find(id: string, signal: AbortSignal): Promise<CloudMachine | undefined> {
    return this.#one('GET', id, signal);
  }

  /** Asks for the end of a machine and answers how it is then; undefined when there is none. */
  end(id: string, signal: AbortSignal): Promise<CloudMachine | undefined> {
    return this.#one('DELETE', id, signal);
  }

  /**
   * Gives a machine these tags beside the others, and takes away those that are null; undefined when there is no such machine.
   *
   * Errors: `ProviderRefused` when the cloud takes no such tags.
   */
  tag(
    id: string,
    change: Readonly<Record<string, string | null>>,
    signal: AbortSignal,
  ): Promise<CloudMachine | undefined> {
    return this.#one('PATCH', id, signal, change);
  }

  /** Every machine with these tags, page after page, in the order of their making. */
  async list(tags: Tags, signal: AbortSignal): Promise<CloudMachine[]> {
    const filters = Object.entries(tags).map(
      ([name, text]) => `&tag=${encodeURIComponent(`${name}=${text}`)}`,
    );
    const machines: CloudMachine[] = [];
    let cursor: string | null = '0';
    for (let page = 0; cursor !== null; page += 1) {
      if (page === PAGES_MAX) {
        throw new ProviderTransient(
          `The cloud at ${this.#place.url} has more than ${PAGES_MAX} pages of machines.`,
        );
      }
      const path = `/machines?limit=${PAGE_LIMIT}&cursor=${cursor}${filters.join('')}`;
      const call: CloudCall = { method: 'GET', path, answerMsMax: ANSWER_MS_MAX };
      const found: Page = this.#pageOf(call, await callCloud(this.#place, call, signal));
      machines.push(...found.machines);
      cursor = found.next;
    }
    return machines;
  }

  async #one(
    method: 'GET' | 'PATCH' | 'DELETE',
    id: string,
    signal: AbortSignal,
    tags?: JsonObject,
  ): Promise<CloudMachine | undefined> {
    const call: CloudCall = {
      method,
      path: `/machines/${encodeURIComponent(id)}${tags === undefined ? '' : '/tags'}`,
      answerMsMax: ANSWER_MS_MAX,
      ...(tags === undefined ? {} : { body: tags }),
    };
    const answer = await callCloud(this.#place, call, signal);
    if (answer.status === 400)
      throw new ProviderRefused(`${this.#said(call, answer)} Look at the tags of machine ${id}.`);
    if (answer.status === 404 && codeOf(answer) === 'not_found') return undefined;
    return this.#machineOf(call, answer);
  }

  #machineOf(call: CloudCall, answer: CloudAnswer): CloudMachine {
    const machine = isGood(answer) ? readMachine(answer.body) : undefined;
    if (machine === undefined) throw new ProviderTransient(this.#said(call, answer));
    return machine;
  }

  #pageOf(call: CloudCall, answer: CloudAnswer): Page {
    const { machines, next } = isGood(answer) && isObject(answer.body) ? answer.body : {};
    const read = Array.isArray(machines)
      ? machines.map((machine: Json) => readMachine(machine))
      : [undefined];
    const isPage = read.every((machine) => machine !== undefined);
    if (!isPage || (next !== null && typeof next !== 'number')) {
      throw new ProviderTransient(this.#said(call, answer));
    }
    return { machines: read, next: next === null ? null : String(next) };
  }

  #said({ method, path }: CloudCall, answer: CloudAnswer): string {
    const what = `The cloud at ${this.#place.url} answered ${answer.status} to ${method} ${path.split('?')[0]}`;
    const message = isObject(answer.body) ? answer.body['message'] : undefined;
    if (typeof message === 'string') return `${what}: ${message.slice(0, MESSAGE_LENGTH_MAX)}`;
    return `${what}, and nothing that a cloud simulator says. Check the url of the provider.`;
  }
}

type Page = { readonly machines: readonly CloudMachine[]; readonly next: string | null };

function isGood({ status }: CloudAnswer): boolean {
  return status >= 200 && status < 300;
}

function codeOf({ body }: CloudAnswer): Json | undefined {
  return isObject(body) ? body['code'] : undefined;
}
