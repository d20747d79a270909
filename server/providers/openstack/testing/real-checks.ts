import type { JsonObject, Listed } from '@poolkeeper/core';
import { systemClock, systemTimers } from '../../../system-clock.ts';
import { sleep } from '../../../timers.ts';
import { expectSame, expectThat } from '../../contract-checks/broken.ts';
import { aCreateRequest, aDestroyRequest } from '../../contract-checks/requests.ts';
import { ProviderExhausted, ProviderGone, ProviderRefused } from '../../contract.ts';
import type { Members, Provider } from '../../contract.ts';
import { removeAll } from './real-place.ts';
import type { RealEye } from './real-place.ts';

export type RealCheck = {
  readonly name: string;
  run(input: { provider: Provider; template: JsonObject; eye: RealEye; id: string }): Promise<void>;
};

const signal = new AbortController().signal;
const STATE_MS_MAX = 120_000;
const LOOK_AGAIN_MS = 500;
/** What the project may have, as `real-cloud.sh` sets it. */
const QUOTA = 10;

async function seen(provider: Provider, externalId: string, machine: string): Promise<Listed> {
  const startedAt = systemClock.now();
  for (;;) {
    const found = (await provider.observe(signal)).find((one) => one.externalId === externalId);
    if (found?.machine === machine) return found;
    const is = found?.machine ?? 'not listed';
    expectThat(
      systemClock.now() - startedAt < STATE_MS_MAX,
      `${externalId} is ${is} and never got ${machine}.`,
    );
    await sleep(systemTimers, LOOK_AGAIN_MS);
  }
}

function membersOf({ members }: Provider): Members {
  if (members === undefined) throw new Error('it offers no members');
  return members;
}

async function failureOf(call: Promise<unknown>): Promise<Error> {
  const error = await call.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown as Error,
  );
  return error;
}

/** What holds of Nova and Keystone beyond the contract. */
export const REAL_CHECKS: readonly RealCheck[] = [
  {
    name: 'a server is told with its details',
    run: async ({ provider, template, id }) => {
      const { externalId } = await provider.create(aCreateRequest(id, template), signal);
      const { details } = await seen(provider, externalId, 'RUNNING');
      expectSame(details?.size, template['size'], 'Its size');
      expectSame([details?.cloud, details?.region], ['OpenStack', 'north'], 'Its cloud and region');
      const [asked, launched] = [details?.requestedAt ?? 0, details?.launchedAt ?? 0];
      const now = systemClock.now();
      expectThat(
        asked > now - STATE_MS_MAX && asked <= now,
        `It was asked for at ${asked}, and it is ${now}.`,
      );
      expectThat(
        launched >= asked && launched <= now,
        `It was launched at ${launched}, asked for at ${asked}.`,
      );
    },
  },
  {
    name: 'marks are kept on the server, and a server that is let go keeps running without any',
    run: async ({ provider, template, eye, id }) => {
      const { externalId } = await provider.create(aCreateRequest(id, template), signal);
      await seen(provider, externalId, 'RUNNING');
      const request = { resource: { id, name: id, pool: 'web' }, externalId, idempotencyKey: id };
      const marks = { membership: { active: false, evictable: true }, serviceState: 'IN_SERVICE' } as const;
      await membersOf(provider).mark({ ...request, marks }, signal);
      const marked = await seen(provider, externalId, 'RUNNING');
      expectSame(marked.marks, marks, 'What it is marked with');
      await membersOf(provider).detach(request, signal);
      expectSame(
        (await provider.observe(signal)).length,
        0,
        'After it was let go, the number of listed ones',
      );
      const { body } = await eye.call('GET', `/servers/${externalId}`);
      const server = body['server'] as JsonObject;
      expectSame([server['status'], server['metadata']], ['ACTIVE', {}], 'The server itself');
      await membersOf(provider).attach(request, signal);
      const again = await seen(provider, externalId, 'RUNNING');
      expectSame(again.resource, id, 'Taken in again, its resource');
      const none = { ...request, externalId: '3f6d1a3e-0000-4000-8000-000000000000' };
      const failure = await failureOf(membersOf(provider).attach(none, signal));
      expectThat(failure instanceof ProviderGone, `Of no server it says: ${failure.message}`);
    },
  },
  {
    name: 'a token that was taken back is renewed',
    run: async ({ provider, eye }) => {
      await provider.observe(signal);
      await eye.revokeTokens();
      expectSame((await provider.observe(signal)).length, 0, 'The number of listed ones');
    },
  },
  {
    name: 'a quota that is used up is exhaustion',
    run: async ({ provider, template, eye, id }) => {
      const ids = Array.from({ length: QUOTA }, (_, index) => `${id}q${index}`);
      try {
        for (const one of ids) await provider.create(aCreateRequest(one, template), signal);
        const failure = await failureOf(provider.create(aCreateRequest(`${id}q-over`, template), signal));
        expectThat(failure instanceof ProviderExhausted, `It says: ${failure.message}`);
        expectSame(
          (await provider.observe(signal)).length,
          QUOTA,
          'In pages of three, the number of listed ones',
        );
      } finally {
        for (const one of ids) await provider.destroy(aDestroyRequest(one), signal);
        for (const one of [...ids, `${id}q-over`]) await removeAll(eye, one);
      }
    },
  },
  {
    name: 'a flavour and an image that there are not are refused by name',
    run: async ({ provider, template, id }) => {
      for (const member of ['size', 'image']) {
        const request = aCreateRequest(id, { ...template, [member]: 'none-such' });
        const failure = await failureOf(provider.create(request, signal));
        expectThat(
          failure instanceof ProviderRefused && failure.message.includes('none-such'),
          failure.message,
        );
      }
    },
  },
];
