import { LIVENESSES, MACHINE_STATES } from '@poolkeeper/core';
import type { JsonObject, Observation } from '@poolkeeper/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock, systemTimers } from '../system-clock.ts';
import { sleep } from '../timers.ts';
import { ProviderRefused } from './contract.ts';
import type { Provider } from './contract.ts';
import { aCreateRequest, aDestroyRequest } from './test-requests.ts';

/** One place in which a provider works, fresh for each test. */
export type ProviderPlace = {
  /** Opens a provider on this place; again after the last one was disposed, as a server does that starts anew. */
  open(): Promise<Provider>;
  /** A template that the provider accepts. */
  readonly template: JsonObject | null;
  /** One whose creation takes longer than 20 s. */
  readonly slow: JsonObject;
  /** Templates that it refuses, with the member that is wrong. */
  readonly refused: readonly (readonly [template: JsonObject | null, pointer: string])[];
  /** How many things of a resource exist, found out without the provider. */
  count(resource: string): Promise<number>;
  /** Ends whatever is left of the test. */
  cleanUp(): Promise<void>;
};

const DESTROY_TRIES_MAX = 200;
const DESTROY_PAUSE_MS = 50;
/** A call has to end so soon after its signal aborts. */
const ABORT_MS_MAX = 5_000;

const neverAborted = (): AbortSignal => new AbortController().signal;

/** Repeats `destroy` until it answers `gone`, as the core does, with a bound. */
export async function destroyUntilGone(provider: Provider, id: string): Promise<void> {
  for (let attempt = 0; attempt < DESTROY_TRIES_MAX; attempt += 1) {
    if ((await provider.destroy(aDestroyRequest(id), neverAborted())) === 'gone') return;
    await sleep(systemTimers, DESTROY_PAUSE_MS);
  }
  expect.unreachable(`${id} is still there after ${DESTROY_TRIES_MAX} destructions`);
}

/** The rules of `contract.ts`, proven of a provider that makes things. */
export function providerContract(name: string, setUp: () => Promise<ProviderPlace>): void {
  describe(`${name} keeps the provider contract`, () => {
    let place: ProviderPlace;
    let provider: Provider;

    beforeEach(async () => {
      place = await setUp();
      provider = await place.open();
    });
    afterEach(async () => {
      await provider[Symbol.asyncDispose]();
      await place.cleanUp();
    });

    const create = (id: string, signal = neverAborted()): Promise<Observation> =>
      provider.create(aCreateRequest(id, place.template), signal);
    const observe = async (id: string): Promise<Observation | undefined> =>
      (await provider.observe(neverAborted())).find(({ resource }) => resource === id);
    const reopen = async (): Promise<void> => {
      await provider[Symbol.asyncDispose]();
      provider = await place.open();
    };

    test('it says that it makes things, and nothing is there at first', async () => {
      expect(provider.makes).toBe(true);
      expect(await provider.observe(neverAborted())).toEqual([]);
    });

    test('what it made exists, carries our id and is observed', async () => {
      const made = await create('res_1');
      expect(made).toMatchObject({ resource: 'res_1', machine: 'RUNNING' });
      expect(made.externalId).not.toBe('');
      expect(await place.count('res_1')).toBe(1);
      expect(await observe('res_1')).toEqual(made);
    });

    test('observations are complete and in known words', async () => {
      await Promise.all(['res_1', 'res_2', 'res_3'].map((id) => create(id)));
      const observations = await provider.observe(neverAborted());
      expect(observations.map(({ resource }) => resource).toSorted()).toEqual(['res_1', 'res_2', 'res_3']);
      expect(new Set(observations.map(({ externalId }) => externalId)).size).toBe(3);
      for (const { machine, liveness, addresses, endpoints } of observations) {
        expect(MACHINE_STATES).toContain(machine);
        expect(LIVENESSES).toContain(liveness);
        expect(addresses.every((address) => address !== '')).toBe(true);
        for (const url of Object.values(endpoints)) expect(() => new URL(url)).not.toThrow();
      }
    });

    test('creating twice makes one thing', async () => {
      const first = await create('res_1');
      expect(await create('res_1')).toEqual(first);
      expect(await place.count('res_1')).toBe(1);
    });

    test('creating twice at once makes one thing', async () => {
      const [first, second] = await Promise.all([create('res_1'), create('res_1')]);
      expect(second).toEqual(first);
      expect(await place.count('res_1')).toBe(1);
    });

    test('a provider that is opened again adopts what the last one made', async () => {
      const first = await create('res_1');
      await reopen();
      expect(await observe('res_1')).toMatchObject({ externalId: first.externalId, machine: 'RUNNING' });
      expect(await create('res_1')).toEqual(first);
      expect(await place.count('res_1')).toBe(1);
    });

    test('a creation that was cut off is finished by the next attempt, with one thing in the end', async () => {
      const abort = new AbortController();
      const attempt = create('res_1', abort.signal).catch(() => undefined);
      await sleep(systemTimers, 5);
      abort.abort(new Error('the server dies here'));
      await attempt;
      await reopen();
      expect(await create('res_1')).toMatchObject({ resource: 'res_1', machine: 'RUNNING' });
      expect(await place.count('res_1')).toBe(1);
    });

    test('destroying is repeated until it is gone, and then nothing is there', async () => {
      await create('res_1');
      await create('res_2');
      await destroyUntilGone(provider, 'res_1');
      expect(await place.count('res_1')).toBe(0);
      expect(await observe('res_1')).toBeUndefined();
      expect(await place.count('res_2'), 'its neighbour').toBe(1);
    });

    test('a provider that is opened again destroys what the last one made', async () => {
      await create('res_1');
      await reopen();
      await destroyUntilGone(provider, 'res_1');
      expect(await place.count('res_1')).toBe(0);
    });

    test('destroying what is gone, or never was, is gone', async () => {
      await create('res_1');
      await destroyUntilGone(provider, 'res_1');
      expect(await provider.destroy(aDestroyRequest('res_1', 'ext-1'), neverAborted())).toBe('gone');
      expect(await provider.destroy(aDestroyRequest('res_never'), neverAborted())).toBe('gone');
    });

    test('a resource can be made again after it is gone', async () => {
      await create('res_1');
      await destroyUntilGone(provider, 'res_1');
      expect(await create('res_1')).toMatchObject({ machine: 'RUNNING' });
      expect(await place.count('res_1')).toBe(1);
    });

    test('every call ends soon when its signal is aborted', async () => {
      const reason = new Error('no longer wanted');
      const aborted = AbortSignal.abort(reason);
      const startedAt = systemClock.now();
      await expect(create('res_1', aborted)).rejects.toThrow(reason);
      await expect(provider.observe(aborted)).rejects.toThrow(reason);
      await provider.destroy(aDestroyRequest('res_1'), aborted).catch(() => undefined);
      expect(systemClock.now() - startedAt).toBeLessThan(ABORT_MS_MAX);
    });

    test('a creation that takes long ends soon after its signal aborts, and can be destroyed', async () => {
      const reason = new Error('no longer wanted');
      const abort = new AbortController();
      const creation = provider
        .create(aCreateRequest('res_1', place.slow), abort.signal)
        .catch((error: unknown) => error);
      await sleep(systemTimers, 200);
      const abortedAt = systemClock.now();
      abort.abort(reason);
      expect(await creation).toBe(reason);
      expect(systemClock.now() - abortedAt).toBeLessThan(ABORT_MS_MAX);
      await destroyUntilGone(provider, 'res_1');
      expect(await place.count('res_1')).toBe(0);
    });

    test('an accepted template has no faults; a refused one names the member, and makes nothing', async () => {
      expect(provider.checkTemplate(place.template)).toEqual([]);
      expect(place.refused.length).toBeGreaterThan(0);
      for (const [template, pointer] of place.refused) {
        const faults = provider.checkTemplate(template);
        expect(faults.map((fault) => fault.pointer)).toContain(pointer);
        expect(faults.every(({ message }) => message !== '')).toBe(true);
        const creation = provider.create(aCreateRequest('res_1', template), neverAborted());
        await expect(creation).rejects.toThrow(ProviderRefused);
      }
      expect(await place.count('res_1')).toBe(0);
      expect(await provider.observe(neverAborted())).toEqual([]);
    });
  });
}

/** The rules of `contract.ts`, as far as they concern a provider whose resources are registered by hand. */
export function handProviderContract(name: string, open: () => Promise<Provider>): void {
  describe(`${name} keeps the provider contract`, () => {
    test('it makes nothing, observes nothing, and what it is to destroy is gone', async () => {
      await using provider = await open();
      expect(provider.makes).toBe(false);
      const creation = provider.create(aCreateRequest('res_1', null), neverAborted());
      await expect(creation).rejects.toThrow(ProviderRefused);
      expect(await provider.observe(neverAborted())).toEqual([]);
      expect(await provider.destroy(aDestroyRequest('res_1'), neverAborted())).toBe('gone');
    });

    test('it refuses every template', async () => {
      await using provider = await open();
      expect(provider.checkTemplate(null)).toEqual([]);
      for (const template of [{}, { command: ['true'] }, { labels: {} }]) {
        expect(provider.checkTemplate(template)).toMatchObject([{ pointer: '' }]);
      }
    });
  });
}
