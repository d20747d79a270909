import { OVERSEERS } from '../../access.ts';
import { entityTag } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { WorkflowPath } from '../../schemas/path.ts';
import { Workflow } from '../../schemas/workflow.ts';
import { requireViewOfWorkflow } from './require-view.ts';

/** `GET /v1/workflows/{workflow}`: its steps, and which pools name it. */
export const addGetWorkflow: AddRoutes = (app, { keeper }) => {
  app.get(
    '/workflows/:workflow',
    {
      config: { access: OVERSEERS },
      schema: {
        operationId: 'getWorkflow',
        tags: ['workflows'],
        summary: 'Show a workflow',
        params: WorkflowPath,
        response: { 200: Workflow },
      },
    },
    async ({ params, token }, reply) => {
      const body = await keeper.read((world) => requireViewOfWorkflow(world, params.workflow, token));
      reply.header('etag', entityTag(body.version));
      return body;
    },
  );
};
