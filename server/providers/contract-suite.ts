import type { JsonObject } from '@poolkeeper/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock, systemTimers } from '../system-clock.ts';
import { ACCOUNT_CHECKS } from './contract-checks/account-checks.ts';
import type { AccountPlace } from './contract-checks/account-place.ts';
import { AccountSubject } from './contract-checks/account-subject.ts';
import { holdCheck } from './contract-checks/check.ts';
import { CONTRACT_CHECKS } from './contract-checks/contract-checks.ts';
import { MEMBERSHIP } from './contract-checks/members.ts';
import type { ProviderPlace } from './contract-checks/place.ts';
import { aCreateRequest, aDestroyRequest } from './contract-checks/requests.ts';
import { Subject } from './contract-checks/subject.ts';
import { ProviderGone, ProviderRefused } from './contract.ts';
import type { Provider } from './contract.ts';
import { sleep } from '../timers.ts';

export type { ProviderPlace };

const DESTROY_TRIES_MAX = 200;
const DESTROY_PAUSE_MS = 50;

const neverAborted = (): AbortSignal => new AbortController().signal;

/** Repeats `destroy` until it answers `gone`, as the core does, with a bound. */
export async function destroyUntilGone(provider: Provider, id: string): Promise<void> {
  for (let attempt = 0; attempt < DESTROY_TRIES_MAX; attempt += 1) {
    if ((await provider.destroy(aDestroyRequest(id), neverAborted())) === 'gone') return;
    await sleep(systemTimers, DESTROY_PAUSE_MS);
  }
  expect.unreachable(`${id} is still there after ${DESTROY_TRIES_MAX} destructions`);
}

/** The rules of `contract.ts`, proven of a provider that makes things, but for the checks that its place cannot make. */
export function providerContract(
  name: string,
  setUp: () => Promise<ProviderPlace>,
  leavesOut: readonly string[] = [],
): void {
  describe(`${name} keeps the provider contract`, () => {
    let place: ProviderPlace;
    let subject: Subject;

    beforeEach(async () => {
      place = await setUp();
      subject = await Subject.open(place, {
        clock: systemClock,
        timers: systemTimers,
        stop: neverAborted(),
      });
    });
    afterEach(async () => {
      await subject[Symbol.asyncDispose]();
      await place.cleanUp();
    });

    test.each(CONTRACT_CHECKS.filter((check) => !leavesOut.includes(check.name)))('$name', async (check) => {
      expect(check.leftOut?.(place) ?? null).toBeNull();
      await holdCheck(check, subject);
    });
  });
}

/** Rule 6 of `contract.ts`, proven of a provider that offers members. */
export function memberContract(name: string, setUp: () => Promise<ProviderPlace>): void {
  describe(`${name} keeps the contract of members`, () => {
    test.each(MEMBERSHIP)('$name', async (check) => {
      await using stack = new AsyncDisposableStack();
      const place = await setUp();
      stack.defer(() => place.cleanUp());
      const parts = { clock: systemClock, timers: systemTimers, stop: neverAborted() };
      const held = holdCheck(check, stack.use(await Subject.open(place, parts)));
      await expect(held).resolves.toBeUndefined();
    });
  });
}

/**
 * Rules 7 to 9 of `contract.ts`, proven of a provider that looks after accounts, but for the checks that its place cannot make.
 */
export function accountContract(
  name: string,
  setUp: () => Promise<AccountPlace & { cleanUp(): Promise<void> }>,
  leavesOut: readonly string[] = [],
): void {
  describe(`${name} keeps the contract of accounts`, () => {
    test.each(ACCOUNT_CHECKS.filter((check) => !leavesOut.includes(check.name)))('$name', async (check) => {
      await using stack = new AsyncDisposableStack();
      const place = await setUp();
      stack.defer(() => place.cleanUp());
      expect(check.leftOut?.(place) ?? null).toBeNull();
      const parts = { clock: systemClock, timers: systemTimers, stop: neverAborted() };
      await holdCheck(check, stack.use(await AccountSubject.open(place, parts)));
    });
  });
}

/** An action that a provider offers, at one place; `input` is good for it. */
export type ActionPlace = {
  open(): Promise<Provider>;
  readonly template: JsonObject | null;
  readonly action: string;
  readonly input: JsonObject;
  cleanUp(): Promise<void> | void;
};

/** Rule 5 of `contract.ts`, proven of a provider that offers actions. */
export function actionContract(name: string, setUp: () => Promise<ActionPlace> | ActionPlace): void {
  describe(`${name} keeps the contract of actions`, () => {
    let place: ActionPlace;
    let provider: Provider;
    beforeEach(async () => {
      place = await setUp();
      provider = await place.open();
    });
    afterEach(async () => {
      await provider[Symbol.asyncDispose]();
      await place.cleanUp();
    });

    const ask = (id: string, action = place.action, signal = neverAborted()) => {
      const resource = { id, name: `${id}-name`, pool: 'web' };
      const request = { resource, externalId: null, action, input: place.input, idempotencyKey: 'job_act' };
      if (provider.act === undefined) throw new Error('it offers no actions');
      return provider.act(request, signal);
    };

    test('it says what it offers, does it, and does it again under the same key', async () => {
      expect(provider.actions).toContain(place.action);
      await provider.create(aCreateRequest('res_1', place.template), neverAborted());
      const first = await ask('res_1');
      expect(await ask('res_1')).toEqual(first);
      await destroyUntilGone(provider, 'res_1');
    });

    test('what it does not offer it refuses', async () => {
      await expect(ask('res_1', 'explode')).rejects.toThrow(ProviderRefused);
    });

    test('of what does not exist it says that it is gone', async () => {
      await expect(ask('res_never')).rejects.toThrow(ProviderGone);
    });

    test('it ends when its signal aborts', async () => {
      const reason = new Error('no longer wanted');
      await expect(ask('res_1', place.action, AbortSignal.abort(reason))).rejects.toBe(reason);
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
