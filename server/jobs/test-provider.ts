import type { JobTicket, Observation } from '@poolkeeper/core';
import type { Provider } from '../providers/contract.ts';

/** An observation of a running thing. */
export function anObservation(overrides: Partial<Observation> = {}): Observation {
  return {
    resource: 'res_1',
    externalId: 'ext-1',
    machine: 'RUNNING',
    liveness: 'LIVE',
    addresses: ['127.0.0.1'],
    endpoints: {},
    ...overrides,
  };
}

/** A provider that does at once what it is asked to; a test overrides the member that it is about. */
export function aProvider(overrides: Partial<Provider> = {}): Provider {
  return {
    name: 'local',
    driver: 'test',
    makes: true,
    create: ({ resource }) => Promise.resolve(anObservation({ resource: resource.id })),
    destroy: () => Promise.resolve('gone'),
    observe: () => Promise.resolve([]),
    checkTemplate: () => [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
    ...overrides,
  };
}

/** A job with its ticket; each one is for a resource of its own unless the test says otherwise. */
export function aTicket(
  id: string,
  overrides: Partial<JobTicket['job']> & Pick<Partial<JobTicket>, 'template'> = {},
): JobTicket {
  const { template = {}, ...job } = overrides;
  const resource = job.resource ?? `res_${id}`;
  return {
    job: {
      id,
      kind: 'create',
      provider: 'local',
      pool: 'web',
      resource,
      epoch: 0,
      attempts: 0,
      notBefore: 0,
      createdAt: 0,
      lastError: null,
      step: null,
      runsOn: {},
      claim: null,
      fence: 0,
      ...job,
    },
    resource: {
      id: resource,
      name: resource,
      pool: 'web',
      kind: 'machine',
      epoch: 0,
      addresses: [],
      endpoints: {},
    },
    externalId: null,
    template,
    step: null,
  };
}

/** A call that ends when the test says so. */
export type OpenCall = {
  readonly resource: string;
  readonly signal: AbortSignal;
  succeed(): void;
  fail(error: Error): void;
};

/** A provider whose creations stay open until the test ends them; `heedsAbort` ends them with their signal too. */
export function aSlowProvider(options: { heedsAbort?: boolean } = {}): {
  provider: Provider;
  calls: OpenCall[];
} {
  const calls: OpenCall[] = [];
  const provider = aProvider({
    create: ({ resource }, signal) =>
      new Promise((resolve, reject) => {
        calls.push({
          resource: resource.id,
          signal,
          succeed: () => resolve(anObservation({ resource: resource.id })),
          fail: reject,
        });
        if (options.heedsAbort === true)
          signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  });
  return { provider, calls };
}
