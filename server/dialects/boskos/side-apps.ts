import Fastify, { LogController } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Keeper } from '../../keeper/contract.ts';
import type { BoskosMetrics } from './metrics.ts';

const PLAIN = 'text/plain; charset=utf-8';

/** `GET /metrics`, on a port of its own as in the original: it asks nobody who he is. `listen` starts it. */
export function createBoskosMetricsApp(input: {
  readonly keeper: Pick<Keeper, 'read' | 'now'>;
  readonly metrics: BoskosMetrics;
}): FastifyInstance {
  const app = createSideApp();
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await input.metrics.render(input.keeper);
    return reply.header('content-type', contentType).send(text);
  });
  return app;
}

/**
 * `GET /healthz`, which is `OK` as soon as it listens, and `GET /healthz/ready`: 404 until the server is ready, then `OK`, or 503 while
 * something is wrong. `listen` starts it, before everything else.
 */
export function createBoskosHealthApp(input: {
  readonly isReady: () => boolean;
  /** What is wrong, for people; null while all is well. Asked only once it is ready. */
  readonly trouble: () => string | null;
}): FastifyInstance {
  const app = createSideApp();
  app.get('/healthz', async (_request, reply) => reply.header('content-type', PLAIN).send('OK'));
  app.get('/healthz/ready', async (_request, reply) => {
    reply.header('content-type', PLAIN);
    if (!input.isReady()) return reply.code(404).send('404 page not found\n');
    const trouble = input.trouble();
    return trouble === null ? reply.send('OK') : reply.code(503).send(`ReadinessCheck failed: ${trouble}`);
  });
  return app;
}

function createSideApp(): FastifyInstance {
  const app = Fastify({
    logController: new LogController({ disableRequestLogging: true }),
    return503OnClosing: false,
  }) as unknown as FastifyInstance;
  app.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).header('content-type', PLAIN).send('404 page not found\n'),
  );
  return app;
}
