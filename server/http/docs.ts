import reference from '@scalar/fastify-api-reference';
import type { App } from './parts.ts';

export const DOCS_PREFIX = '/docs';

/** `GET /docs/`: the document for people. Page, script and document come from this server, so it works without a network. */
export function addDocs(app: App): void {
  app.register(reference, {
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
}
