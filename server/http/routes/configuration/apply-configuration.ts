import { configurationSpecOf } from '../../../schemas/configuration-spec.ts';
import { Shared } from '../../../schemas/common.ts';
import { ADMINS } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { ApplyInput, PlanView } from '../../schemas/plan.ts';
import { viewPlan } from '../../views/plan.ts';
import { CONFIGURATION_BYTES_MAX, withinConfig } from './within-config.ts';

/** `POST /v1/apply`: makes the world as a configuration says, in one decision or not at all. */
export const addApplyConfiguration: AddRoutes = (app, { configurator }) => {
  app.post(
    '/apply',
    {
      config: { access: ADMINS },
      bodyLimit: CONFIGURATION_BYTES_MAX,
      schema: {
        operationId: 'applyConfiguration',
        tags: ['configuration'],
        summary: 'Make the world as a configuration says',
        description:
          'In one decision, or not at all; applying it again changes nothing. With the `fingerprint` of a plan it is refused ' +
          'when something else would happen now than what was agreed to.',
        body: Shared(ApplyInput),
        response: { 200: PlanView },
      },
    },
    async ({ body }) => {
      const { config, prune, fingerprint } = body;
      const plan = await withinConfig(() =>
        configurator.apply({
          ...configurationSpecOf(config),
          isPruning: prune === true,
          agreed: fingerprint ?? null,
        }),
      );
      return viewPlan(plan, true);
    },
  );
};
