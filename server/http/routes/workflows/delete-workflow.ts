import { ADMINS } from '../../access.ts';
import { versionOf } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { WorkflowPath } from '../../schemas/path.ts';

/** `DELETE /v1/workflows/{workflow}`: takes a workflow away that no pool names. */
export const addDeleteWorkflow: AddRoutes = (app, { keeper }) => {
  app.delete(
    '/workflows/:workflow',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'deleteWorkflow',
        tags: ['workflows'],
        summary: 'Remove a workflow',
        description: 'Refused while a transition of a pool names it. Runs that have begun keep their steps.',
        params: WorkflowPath,
        response: { 204: { type: 'null', description: 'The workflow is gone.' } },
      },
    },
    async (request, reply) => {
      await keeper.ask({ type: 'removeWorkflow', name: request.params.workflow, ...versionOf(request) });
      return reply.code(204).send(null);
    },
  );
};
