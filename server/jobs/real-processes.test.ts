import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import type { JobOutcome, JobTicket, Observation } from '@poolkeeper/core';
import { expect, test, vi } from 'vitest';
import { silentLogger } from '../logger.ts';
import { openProvider } from '../providers/open-provider.ts';
import { aServerTemplate, pidsIn } from '../providers/process/test-place.ts';
import { aProviderContext } from '../providers/test-context.ts';
import { systemClock, systemRandom, systemTimers } from '../system-clock.ts';
import { createJobRunner } from './job-runner.ts';
import { startObserver } from './observer.ts';
import { aTicket } from './test-provider.ts';

const WAIT = { timeout: 30_000, interval: 20 };
const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];

test('jobs make, watch and end real processes', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'poolkeeper-jobs-'));
  const system = { clock: systemClock, timers: systemTimers, random: systemRandom, logger: silentLogger };
  const outcomes = new Map<string, JobOutcome>();
  let seen = new Map<string, Observation>();
  {
    await using provider = await openProvider(
      { name: 'local', driver: 'process', stopOnDispose: true },
      aProviderContext({ dataDirectory }),
    );
    await using runner = createJobRunner({
      ...system,
      providers: new Map([['local', provider]]),
      limits: { concurrency: 3 },
      report: (jobId, outcome) => {
        outcomes.set(jobId, outcome);
        return Promise.resolve();
      },
    });
    await using observer = startObserver({
      ...system,
      providers: [provider],
      // Only the provider's own hint can bring a sweep within the time of this test.
      limits: { everyMs: 3_600_000 },
      report: ({ observations }) => {
        seen = new Map(observations.map((observation) => [observation.resource, observation]));
        return Promise.resolve();
      },
    });
    for (const id of IDS) runner.accept(aTicket(id, { template: aServerTemplate() }));
    await vi.waitFor(() => expect([...outcomes.keys()].toSorted()).toEqual(IDS), WAIT);
    expect([...outcomes.values()].map(({ result }) => result)).toEqual(IDS.map(() => 'created'));
    expect(pidsIn(dataDirectory)).toHaveLength(IDS.length);

    const [victim = 0] = pidsIn(join(dataDirectory, 'processes', 'local', 'res_a'));
    kill(victim, 'SIGKILL');
    await vi.waitFor(() => expect(seen.get('res_a')).toMatchObject({ machine: 'TERMINATED' }), WAIT);
    expect(seen.get('res_b')).toMatchObject({ machine: 'RUNNING', liveness: 'LIVE' });
    expect(observer.status()).toMatchObject([{ provider: 'local', failuresTotal: 0, observed: IDS.length }]);

    const ends: JobTicket[] = ['a', 'b'].map((id) =>
      aTicket(`end-${id}`, { kind: 'destroy', resource: `res_${id}` }),
    );
    for (const ticket of ends) runner.accept(ticket);
    await vi.waitFor(() => expect(outcomes.get('end-a')).toEqual({ result: 'gone' }), WAIT);
    await vi.waitFor(() => expect(outcomes.get('end-b')).toEqual({ result: 'gone' }), WAIT);
    expect(pidsIn(dataDirectory)).toHaveLength(IDS.length - 2);
  }
  expect(pidsIn(dataDirectory), 'the provider ended the others when it closed').toEqual([]);
  rmSync(dataDirectory, { recursive: true });
});
