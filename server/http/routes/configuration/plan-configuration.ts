import { configurationSpecOf } from '../../../schemas/configuration-spec.ts';
import { Shared } from '../../../schemas/common.ts';
import { ADMINS } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { PlanInput, PlanView } from '../../schemas/plan.ts';
import { viewPlan } from '../../views/plan.ts';
import { CONFIGURATION_BYTES_MAX, withinConfig } from './within-config.ts';

/** `POST /v1/plan`: says what a configuration would change; changes nothing. */
export const addPlanConfiguration: AddRoutes = (app, { configurator }) => {
  app.post(
    '/plan',
    {
      config: { access: ADMINS },
      bodyLimit: CONFIGURATION_BYTES_MAX,
      schema: {
        operationId: 'planConfiguration',
        tags: ['configuration'],
        summary: 'Say what a configuration would change',
        description:
          'Changes nothing. The same as `apply` would answer, as long as nothing else changes between.',
        body: Shared(PlanInput),
        response: { 200: PlanView },
      },
    },
    async ({ body }) => {
      const isPruning = body.prune === true;
      const plan = await withinConfig(() =>
        configurator.plan({ ...configurationSpecOf(body.config), isPruning }),
      );
      return viewPlan(plan, false);
    },
  );
};
