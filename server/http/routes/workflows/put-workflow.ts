import { Input, Name, Shared } from '../../../schemas/common.ts';
import { requireSameName, workflowSpecOf } from '../../../schemas/workflow-spec.ts';
import { WorkflowInput } from '../../../schemas/workflow.ts';
import { ADMINS } from '../../access.ts';
import { entityTag, versionOf } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { Workflow } from '../../schemas/workflow.ts';
import { requireViewOfWorkflow } from './require-view.ts';

/** `PUT /v1/workflows/{workflow}`: makes a workflow be as the body says, new or not. */
export const addPutWorkflow: AddRoutes = (app, { keeper }) => {
  app.put(
    '/workflows/:workflow',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'putWorkflow',
        tags: ['workflows'],
        summary: 'Create or replace a workflow',
        description:
          'Runs that have begun keep the steps that they began with; a held one that is retried begins anew with these. 201 for a ' +
          'new one.',
        params: Input({ workflow: Name('The name of the workflow.') }),
        body: Shared(WorkflowInput),
        response: { 200: Workflow, 201: Workflow },
      },
    },
    async (request, reply) => {
      const { params, body, token } = request;
      requireSameName(body, params.workflow);
      const spec = workflowSpecOf({ ...body, name: params.workflow });
      const view = await keeper.ask(
        { type: 'putWorkflow', spec, ...versionOf(request) },
        (_workflow, world) => requireViewOfWorkflow(world, params.workflow, token),
      );
      reply.code(view.version === 1 ? 201 : 200).header('etag', entityTag(view.version));
      return view;
    },
  );
};
