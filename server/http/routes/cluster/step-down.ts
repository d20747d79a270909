import { ADMINS } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { Cluster } from '../../schemas/cluster.ts';
import { viewCluster } from '../../views/cluster.ts';

/** `POST /v1/cluster/step-down`: the keeper hands the world over to another replica. */
export const addStepDown: AddRoutes = (app, { cluster }) => {
  app.post(
    '/cluster/step-down',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'stepDown',
        tags: ['cluster'],
        summary: 'Hand the world over to another replica',
        description:
          'Answers when another keeps it. No request is lost: those that come meanwhile wait. Refused with `no_other_replica` ' +
          'while nobody could go on.',
        response: { 200: Cluster },
      },
    },
    async () => {
      await cluster.stepDown();
      return viewCluster(await cluster.status());
    },
  );
};
