import Fastify from 'fastify';
import type { FastifyError, FastifyInstance } from 'fastify';
import { addApiRoutes } from './api-routes.ts';
import { CLOUD_ERRORS, CloudError } from './cloud-error.ts';
import { addControlRoutes } from './control-routes.ts';
import { describeFault } from './faults.ts';
import type { App, AppParts } from './parts.ts';
import { addStatusRoutes } from './status-routes.ts';

const BODY_BYTES_MAX = 64 * 1_024;
/** How long a request may take to come, in milliseconds. */
const REQUEST_MS_MAX = 60_000;
const SECOND_MS = 1_000;

/** The cloud over HTTP: its API under `/machines`, `POST /<op>` to control it, and `GET /` to see what is on. */
export function createSimulatorApp(input: Omit<AppParts, 'calls' | 'closing'>): FastifyInstance {
  const closing = new AbortController();
  const parts: AppParts = { ...input, calls: new Map(), closing: closing.signal };
  const app = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array', verbose: true } },
    schemaErrorFormatter: (faults) => new CloudError('invalid', describeFault(faults)),
  }) as unknown as App;
  app.setErrorHandler((error: FastifyError | CloudError, _request, reply) => {
    if (!(error instanceof CloudError)) {
      const status = error.statusCode ?? 500;
      return reply.code(status).send({ code: status < 500 ? 'invalid' : 'defect', message: error.message });
    }
    const { code, message, retryAfterMs } = error;
    if (retryAfterMs !== null) reply.header('retry-after', Math.ceil(retryAfterMs / SECOND_MS));
    return reply
      .code(CLOUD_ERRORS[code])
      .send({ code, message, ...(retryAfterMs === null ? {} : { retryAfterMs }) });
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      code: 'no_such_route',
      message: `There is no ${request.method} ${request.url.slice(0, 200)}. GET / says what there is.`,
    }),
  );
  app.addHook('preClose', (done) => {
    closing.abort(new Error('The cloud simulator stops.'));
    done();
  });
  app.register(async (api: App) => addApiRoutes(api, parts));
  app.register(async (control: App) => addControlRoutes(control, parts));
  app.register(async (status: App) => addStatusRoutes(status, parts));
  return app as unknown as FastifyInstance;
}
