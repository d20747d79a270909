import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { App } from './parts.ts';

const DOCS_PREFIX = '/docs';
/** The page moves to where its script is found beside it. */
const PATHS = ['', '/', '/js/scalar.js'];

/**
 * `GET /docs/`: the document for people. Page, script and document come from this server, so it works without a network.
 *
 * What shows it is larger than the server itself, and is loaded with its first reader.
 */
export function addDocs(app: App): void {
  let pages: Promise<FastifyInstance> | undefined;
  for (const path of PATHS) {
    const options = { schema: { hide: true }, config: { access: 'open' } } as const;
    app.get(DOCS_PREFIX + path, options, async (request, reply) => {
      pages ??= loadPages();
      const answer = await (await pages).inject({ url: request.url });
      const { location, 'content-type': type } = answer.headers;
      if (location !== undefined) return reply.redirect(String(location), answer.statusCode);
      return reply.code(answer.statusCode).type(String(type)).send(answer.rawPayload);
    });
  }
}

/** The pages, as an application that listens nowhere. */
async function loadPages(): Promise<FastifyInstance> {
  const { default: reference } = await import('@scalar/fastify-api-reference');
  const pages = Fastify();
  await pages.register(reference, {
    routePrefix: DOCS_PREFIX,
    configuration: {
      url: '/openapi.json',
      pageTitle: 'Poolkeeper API',
      // Each of these would load from, or send to, a foreign host.
      withDefaultFonts: false,
      telemetry: false,
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
      showDeveloperTools: 'never',
      authentication: { preferredSecurityScheme: 'token' },
    },
  });
  return pages;
}
