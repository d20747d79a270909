import { Refusal } from '@poolkeeper/core';
import { Type } from 'typebox';
import type { Keeper, KeeperStatus } from '../../keeper/contract.ts';
import type { AddRoutes } from '../parts.ts';

const Health = Type.Object({ status: Type.String(), version: Type.String() });

/** `GET /healthz`: the process answers. `GET /readyz`: it takes work, by itself or by the replica that keeps the world. */
export const addHealth: AddRoutes = (app, { keeper, cluster, version }) => {
  app.get(
    '/healthz',
    {
      config: { access: 'open' },
      schema: {
        operationId: 'getHealth',
        tags: ['server'],
        summary: 'Say that the process is up',
        response: { 200: Health },
      },
    },
    async () => ({ status: 'up', version }),
  );
  app.get(
    '/readyz',
    {
      config: { access: 'open' },
      schema: {
        operationId: 'getReadiness',
        tags: ['server'],
        summary: 'Say whether the server takes work',
        description: '503 with the reason while it does not.',
        response: { 200: Health },
      },
    },
    async () => {
      if (cluster.isKeeping()) requireRunning(keeper);
      const refusal = cluster.whyNotReady();
      if (refusal !== undefined) throw refusal;
      return { status: cluster.isKeeping() ? 'running' : 'following', version };
    },
  );
};

function requireRunning(keeper: Keeper): void {
  const status = keeper.status();
  if (status.state === 'running') return;
  const isStopping = status.state === 'stopping' || status.state === 'stopped';
  throw new Refusal(isStopping ? 'stopping' : 'store_unavailable', reasonOf(status));
}

function reasonOf(status: KeeperStatus): string {
  return 'reason' in status
    ? `The server is ${status.state}: ${status.reason}`
    : `The server is ${status.state}.`;
}
