import { OVERSEERS } from '../access.ts';
import type { AddRoutes } from '../parts.ts';

/** `GET /metrics`: for Prometheus. */
export const addMetrics: AddRoutes = (
  app,
  { keeper, metrics, providersStatus, notifications, runners, cluster, isMetricsOpen },
) => {
  app.get(
    '/metrics',
    {
      config: { access: isMetricsOpen ? 'open' : OVERSEERS },
      schema: {
        operationId: 'getMetrics',
        tags: ['server'],
        summary: 'Show metrics in the Prometheus text format',
        description: 'Needs a token, unless the server is configured to show them to everybody.',
      },
    },
    async (_request, reply) => {
      const { contentType, text } = await metrics.render({
        keeper,
        providersStatus,
        notifications,
        runners,
        cluster,
      });
      return reply.header('content-type', contentType).send(text);
    },
  );
};
