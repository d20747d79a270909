import { ADMINS } from '../../access.ts';
import { Shared } from '../../../schemas/common.ts';
import type { AddRoutes } from '../../parts.ts';
import { Cluster, ResumeInput } from '../../schemas/cluster.ts';
import { viewCluster } from '../../views/cluster.ts';

/** `POST /v1/cluster/resume`: a person has looked at what the database lost, and the replicas go on from there. */
export const addResumeCluster: AddRoutes = (app, { cluster }) => {
  app.post(
    '/cluster/resume',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'resumeCluster',
        tags: ['cluster'],
        summary: 'Go on after the database went back',
        description:
          'For when `halt` stands: the database knows less than was acknowledged. Look first whether what was lent in between is in ' +
          'use; it may be lent again.',
        body: Shared(ResumeInput),
        response: { 200: Cluster },
      },
    },
    async () => {
      await cluster.resume();
      return viewCluster(await cluster.status());
    },
  );
};
