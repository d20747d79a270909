import { OVERSEERS } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { Cluster } from '../../schemas/cluster.ts';
import { viewCluster } from '../../views/cluster.ts';

/** `GET /v1/cluster`: which replicas there are, and who keeps the world. Every replica answers it by itself. */
export const addGetCluster: AddRoutes = (app, { cluster }) => {
  app.get(
    '/cluster',
    {
      config: { access: OVERSEERS },
      schema: {
        operationId: 'getCluster',
        tags: ['cluster'],
        summary: 'Show the replicas, and who keeps the world',
        description:
          'Answered by the replica that is asked, also while nobody keeps the world or the database is away.',
        response: { 200: Cluster },
      },
    },
    async () => viewCluster(await cluster.status()),
  );
};
