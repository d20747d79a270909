import swagger from '@fastify/swagger';
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { Access } from './access.ts';
import { ANSWERS, BODY_EXAMPLES } from './openapi-examples.ts';
import type { App } from './parts.ts';
import { Shared } from '../schemas/common.ts';
import { Problem } from './schemas/problem.ts';

const DESCRIPTION =
  'Poolkeeper lends scarce things (machines, containers, boards, accounts) as time-limited leases. ' +
  'Errors are problems (RFC 9457) with a stable `code`. Lists page by `cursor`. ' +
  'Changes of pools, workflows, resources and leases take `If-Match` with the `ETag` of an earlier answer; asking for a lease takes `Idempotency-Key`.';

const TAGS = [
  { name: 'leases', description: 'Ask for resources, keep them, give them back.' },
  { name: 'pools', description: 'Named sets of resources of one kind, with a policy.' },
  { name: 'providers', description: 'Where resources come from, and how that does.' },
  { name: 'workflows', description: 'What is done when resources move, step by step.' },
  { name: 'profiles', description: 'Parameters that resources can be given together.' },
  { name: 'resources', description: 'The members of pools.' },
  { name: 'runs', description: 'Workflows on their way through a resource, and those that are over.' },
  {
    name: 'configuration',
    description: 'Providers, workflows, profiles and pools as one document: plan it, then apply it.',
  },
  { name: 'runners', description: 'Programs on other machines that do steps, and the work that they do.' },
  { name: 'secrets', description: 'What steps need and nobody may read.' },
  { name: 'tokens', description: 'Who may do what.' },
  { name: 'events', description: 'What happened, in order.' },
  { name: 'server', description: 'How the server is.' },
  { name: 'cluster', description: 'Several servers of one world: who keeps it.' },
];

const HEADERS = {
  ifMatch: {
    type: 'string',
    description: 'The ETag of an earlier answer: the change is refused with 412 if another came between.',
  },
  idempotencyKey: {
    type: 'string',
    maxLength: 255,
    description: 'A repetition with the same key and body answers the same lease.',
  },
};
/** Operations with a header of their own. */
const HEADERS_OF: Readonly<Record<string, object>> = {
  requestLease: { 'Idempotency-Key': HEADERS.idempotencyKey },
  listEvents: {
    'Last-Event-ID': {
      type: 'string',
      description: 'The `id` of the last message that came; a stream goes on behind it.',
    },
  },
};
/** Changes of documents that have a version. */
const VERSIONED =
  /^(put|patch|delete|move|hold|retry|skip|quarantine|retire|end|renew)(Pool|Provider|Workflow|Profile|Resource|Lease|Secret)$|^(put|delete)(Webhook|Credentials)$|^(approve|deny)Run$/;

/** Collects the schemas of the routes into an OpenAPI 3.1 document. Comes before the routes. */
export function addOpenApi(app: App, version: string): void {
  const options: FastifyDynamicSwaggerOptions = {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Poolkeeper',
        version,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as never,
      },
      tags: TAGS,
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A token: `pk_…`.' } },
      },
    },
    convertConstToEnum: false,
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) => (json['$id'] as string) || `schema-${index}`,
    },
    transform: ({ schema, url, route }) => ({
      schema: describe(schema as Described, route.config?.access),
      url,
    }),
    transformObject: (input) => finish('openapiObject' in input ? input.openapiObject : {}),
  };
  app.register(swagger, options);
}

type Parts = { paths?: object; components?: object };
type Operation = {
  operationId?: string;
  requestBody?: {
    required?: boolean;
    content: Record<string, { schema: { $ref?: string }; example?: object }>;
  };
  responses?: Record<string, { description: string }>;
};
/** What the collector says of an answer of which the route says nothing. */
const UNSAID = 'Default Response';

function finish<T extends Parts>(document: T): T {
  for (const operation of operationsOf(document)) {
    const example = BODY_EXAMPLES[operation.operationId ?? ''];
    const body = operation.requestBody?.content['application/json'];
    if (example !== undefined && body !== undefined) body.example = example;
    for (const [status, answer] of Object.entries(operation.responses ?? {})) {
      if (answer.description === UNSAID) answer.description = ANSWERS[status] ?? UNSAID;
    }
  }
  return letBodiesBeOptional(document);
}

function operationsOf(document: Parts): Operation[] {
  return Object.values(document.paths ?? {}).flatMap((path: object) => Object.values(path) as Operation[]);
}

/** A body of which every member may be left out may itself be left out; the collector calls every body required. */
function letBodiesBeOptional<T extends Parts>(document: T): T {
  const { schemas = {} } = (document.components ?? {}) as {
    schemas?: Record<string, { required?: unknown; minProperties?: unknown }>;
  };
  for (const { requestBody } of operationsOf(document)) {
    const name = requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1);
    const schema = name === undefined ? undefined : schemas[name];
    if (requestBody === undefined || schema === undefined) continue;
    requestBody.required = schema.required !== undefined || schema.minProperties !== undefined;
  }
  return document;
}

type Described = {
  operationId?: string;
  headers?: object;
  response?: object;
  description?: string;
  hide?: boolean;
};

/** Adds to a route's schema what is true of every route: its errors, who may use it, and the headers of its kind. */
function describe(schema: Described | undefined, access: Access | undefined): object {
  if (schema === undefined || schema.hide === true) return { ...schema, hide: true };
  const operation = schema.operationId ?? '';
  const headers = VERSIONED.test(operation) ? { 'If-Match': HEADERS.ifMatch } : HEADERS_OF[operation];
  const roles = access === undefined || access === 'open' ? '' : `For the roles: ${access.join(', ')}.`;
  return {
    ...schema,
    description: [schema.description, roles].filter(Boolean).join('\n\n'),
    ...(headers === undefined ? {} : { headers: { type: 'object', properties: headers } }),
    security: access === 'open' ? [] : [{ token: [] }],
    response: {
      ...schema.response,
      default: {
        description: 'A refusal.',
        content: { 'application/problem+json': { schema: Shared(Problem) } },
      },
    },
  };
}

/** `GET /openapi.json`: the document, written once. */
export function addOpenApiRoute(app: App): void {
  let document: string | undefined;
  app.get(
    '/openapi.json',
    { config: { access: 'open' }, schema: { hide: true } },
    async (_request, reply) => {
      document ??= JSON.stringify(app.swagger());
      return reply.header('content-type', 'application/json; charset=utf-8').send(document);
    },
  );
}
