import { compareText } from '@poolkeeper/core';
import { OVERSEERS } from '../../access.ts';
import { keyOfCursor } from '../../cursor.ts';
import { pageOf } from '../../pages.ts';
import type { AddRoutes } from '../../parts.ts';
import { PageOf } from '../../schemas/page.ts';
import { Workflow, WorkflowsQuery } from '../../schemas/workflow.ts';
import { viewWorkflow } from '../../views/workflow.ts';

/** `GET /v1/workflows`: the workflows, in order of their names. */
export const addListWorkflows: AddRoutes = (app, { keeper }) => {
  app.get(
    '/workflows',
    {
      config: { access: OVERSEERS },
      schema: {
        operationId: 'listWorkflows',
        tags: ['workflows'],
        summary: 'List workflows',
        querystring: WorkflowsQuery,
        response: { 200: PageOf(Workflow) },
      },
    },
    ({ query, token }) => {
      const cursor = keyOfCursor(query.cursor);
      return keeper.read((world) => {
        const names = [...world.workflows.keys()].filter((name) => cursor === undefined || name > cursor);
        return pageOf(names.toSorted(compareText), query.limit, (name) => {
          const workflow = world.workflows.get(name);
          return workflow === undefined ? undefined : viewWorkflow(world, workflow, token);
        });
      });
    },
  );
};
