import { afterAll, describe, expect, test } from 'vitest';
import { lookForPostgres } from '../../server/testing/find-postgres.ts';
import { RealPostgresPair } from '../../server/testing/real-postgres-pair.ts';
import { waitFor } from '../../server/testing/wait-for.ts';
import { Api } from '../kill/api.ts';
import type { LeaseAnswer } from '../kill/journal.ts';
import { PULSE_POOL } from './configuration.ts';
import { nameOf } from './run-database.ts';
import { Site } from './site.ts';

const LOST = 3;
const TEST_WITHIN_MS = 240_000;
const HALTED_WITHIN_MS = 30_000;
const CLEAN_WITHIN_MS = 60_000;

const postgres = lookForPostgres();

describe.skipIf(postgres.areMissing)(
  `replicas whose standby had not received everything${postgres.reason}`,
  () => {
    const stack = new AsyncDisposableStack();
    afterAll(() => stack.disposeAsync(), CLEAN_WITHIN_MS);

    test(
      'halt, every one of them, instead of lending what is lent, until a person accepts the loss',
      async () => {
        const pair = stack.use(await RealPostgresPair.start({ isSynchronous: false }));
        const name = nameOf(await pair.createDatabase());
        const site = stack.use(await Site.create({ ports: [pair.primary.port, pair.standby.port], name }));
        await site.start();
        const apis = site.replicas.map(({ url }) => new Api(url, site.token));
        const [api] = apis as [Api];
        const acquire = {
          method: 'POST',
          path: '/v1/leases',
          body: { pool: PULSE_POOL, duration: '10m' },
        } as const;
        const kept = await api.call<LeaseAnswer>(acquire);
        await pair.cutReplication();
        const lost: LeaseAnswer[] = [];
        while (lost.length < LOST) lost.push(await api.call<LeaseAnswer>(acquire));

        await pair.failOver();
        await waitFor(
          'every replica to halt',
          async () => {
            const roles = await Promise.all(
              site.replicas.map(async (replica) => (await replica.look())?.self.role),
            );
            return roles.every((role) => role === 'halted');
          },
          HALTED_WITHIN_MS,
        );
        for (const one of apis) {
          expect(await one.send(acquire)).toMatchObject({ outcome: 'answered', status: 503 });
          expect(await one.send({ method: 'GET', path: '/readyz' })).toMatchObject({ status: 503 });
        }

        await api.call({ method: 'POST', path: '/v1/cluster/resume', body: { acceptLoss: true } });
        await site.untilReady();
        const after = await apis[1]?.call<LeaseAnswer>({ method: 'GET', path: `/v1/leases/${kept.id}` });
        expect(after).toMatchObject({ status: 'active', resources: [{ epoch: kept.resources[0]?.epoch }] });
        for (const { id } of lost)
          expect(await api.send({ method: 'GET', path: `/v1/leases/${id}` })).toMatchObject({ status: 404 });
        expect(await api.call<LeaseAnswer>(acquire)).toMatchObject({ status: 'active' });
      },
      TEST_WITHIN_MS,
    );
  },
);
