import { expect, test } from 'vitest';
import { aProvider, anObservation } from '../jobs/test-provider.ts';
import { ProviderTransient } from './contract.ts';
import type { CreateRequest, Provider } from './contract.ts';
import { ReopeningProvider } from './reopening-provider.ts';

const REQUEST: CreateRequest = {
  resource: { id: 'res_1', name: 'a', pool: 'web', kind: 'machine' },
  template: {},
  idempotencyKey: 'job_1',
};
const { signal } = new AbortController();

function reopening(open: () => Promise<Provider>, attaches = false): ReopeningProvider {
  const traits = { name: 'local', driver: 'test', makes: true, stopsWithServer: false };
  return new ReopeningProvider({ ...traits, attaches, keepsAccounts: false, open });
}

/** An opening that the test ends. */
function opening(): { open: () => Promise<Provider>; openings: PromiseWithResolvers<Provider>[] } {
  const openings: PromiseWithResolvers<Provider>[] = [];
  const open = (): Promise<Provider> => {
    const next = Promise.withResolvers<Provider>();
    openings.push(next);
    return next.promise;
  };
  return { open, openings };
}

test('all calls that come before it is open wait for one opening', async () => {
  const { open, openings } = opening();
  await using provider = reopening(open);
  const calls = [provider.create(REQUEST, signal), provider.observe(signal)];
  expect(openings.length).toBe(1);
  openings[0]?.resolve(aProvider({ observe: () => Promise.resolve([anObservation()]) }));
  expect(await Promise.all(calls)).toEqual([anObservation(), [anObservation()]]);
  await provider.destroy({ ...REQUEST, externalId: null }, signal);
  expect(openings.length).toBe(1);
});

test('one that cannot be opened says why to every call, and is tried again with the next', async () => {
  const { open, openings } = opening();
  await using provider = reopening(open);
  const calls = [provider.create(REQUEST, signal), provider.observe(signal)];
  openings[0]?.reject(new Error('the disk is away'));
  for (const call of calls) {
    const error: unknown = await call.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProviderTransient);
    expect(error).toMatchObject({ message: 'Provider local cannot be opened: the disk is away' });
  }
  const next = provider.create(REQUEST, signal);
  expect(openings.length).toBe(2);
  openings[1]?.resolve(aProvider());
  expect(await next).toEqual(anObservation());
});

test('templates are checked once it is open', async () => {
  const fault = { pointer: '/size', message: 'no such size' };
  const { open, openings } = opening();
  await using provider = reopening(open);
  expect(provider.checkTemplate({})).toEqual([]);
  const tried = provider.tryOpen();
  openings[0]?.resolve(aProvider({ checkTemplate: () => [fault] }));
  await tried;
  expect(provider.checkTemplate({})).toEqual([fault]);
});

test('its hints reach whoever listens now, however often the listener changes', async () => {
  const listeners: (() => void)[] = [];
  await using provider = reopening(() =>
    Promise.resolve(aProvider({ onChange: (listener) => void listeners.push(listener) })),
  );
  const heard: string[] = [];
  provider.onChange(() => heard.push('first'));
  await provider.tryOpen();
  provider.onChange(() => heard.push('second'));
  expect(listeners.length).toBe(1);
  listeners[0]?.();
  expect(heard).toEqual(['second']);
});

test('a call that is aborted does not wait for the opening', async () => {
  const { open, openings } = opening();
  await using provider = reopening(open);
  const abort = new AbortController();
  const call = provider.create(REQUEST, abort.signal);
  abort.abort(new Error('too late'));
  await expect(call).rejects.toThrow('too late');
  openings[0]?.resolve(aProvider());
});

test('once closed it is never opened again, and what was on its way is closed when it has opened', async () => {
  const { open, openings } = opening();
  const provider = reopening(open);
  const call = provider.create(REQUEST, signal);
  let hasClosed = false;
  const closed = provider[Symbol.asyncDispose]();
  await expect(call).rejects.toThrow('Provider local is closed.');
  openings[0]?.resolve(
    aProvider({
      [Symbol.asyncDispose]: () => {
        hasClosed = true;
        return Promise.resolve();
      },
    }),
  );
  await closed;
  expect(hasClosed).toBe(true);
  await expect(provider.observe(signal)).rejects.toBeInstanceOf(ProviderTransient);
  await provider.tryOpen();
  expect(openings.length).toBe(1);
});

test('what clients ask of one machine waits for the opening as well', async () => {
  const { open, openings } = opening();
  await using provider = reopening(open, true);
  const request = { ...REQUEST, externalId: 'i-1' };
  if (provider.members === undefined) throw new Error('it offers no members');
  const asked = [
    provider.members.attach(request, signal),
    provider.members.mark({ ...request, marks: {} }, signal),
    provider.members.detach(request, signal),
  ];
  const done = (): Promise<void> => Promise.resolve();
  const members = { attach: () => Promise.resolve(anObservation()), detach: done, mark: done };
  openings[0]?.resolve(aProvider({ members }));
  expect(await Promise.all(asked)).toEqual([anObservation(), undefined, undefined]);
  await using other = reopening(open);
  expect(other.members).toBeUndefined();
});
