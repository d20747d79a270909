import { randomBytes } from 'node:crypto';
import Fastify, { LogController } from 'fastify';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Keeper } from '../keeper/contract.ts';
import type { Logger } from '../logger.ts';
import type { RunLogs } from '../run-log/run-logs.ts';
import { sleep } from '../timers.ts';
import type { Runners } from '../runners/contract.ts';
import type { Timers } from '../timers.ts';
import { createSingleServer } from './cluster-part.ts';
import type { ClusterPart } from './cluster-part.ts';
import { ConnectionDrain } from './connection-drain.ts';
import { addDocs } from './docs.ts';
import { answerUnreadable, createErrorHandler } from './errors.ts';
import { EventStreams } from './event-streams.ts';
import { addJsonBody } from './json-body.ts';
import { LongPolls } from './long-polls.ts';
import type { Metrics } from './metrics.ts';
import { addOpenApi, addOpenApiRoute } from './openapi.ts';
import type {
  App,
  CheckTemplate,
  Configurator,
  CredentialsPart,
  Notifications,
  RouteParts,
  SecretSeal,
  SigningKeysPart,
} from './parts.ts';
import type { ProvidersStatus } from './provider-status.ts';
import { createRequestLogs } from './request-log.ts';
import { API_ROUTES, SERVER_ROUTES } from './routes/all.ts';
import { createNotFoundHandler, guardRoutes, isUnder } from './routing.ts';
import { PATH_PART_LENGTH_MAX } from './schemas/path.ts';
import { SHARED_SCHEMAS } from './schemas/shared.ts';
import { createSerializerCompiler } from './serializer.ts';
import { trustOf } from './trust-proxy.ts';
import type { TrustProxy } from './trust-proxy.ts';
import { createValidatorCompiler } from './validator.ts';

export const BODY_BYTES_MAX = 1_048_576;
/** How long the head and body of one request may take to come, in milliseconds. */
const REQUEST_MS_MAX = 60_000;
/** Enough that the requests of two starts are told apart in one log. */
const BOOT_ID_BYTES = 4;

/**
 * Another protocol under a prefix of this server. It lets in whom it knows by itself, and answers everything there in its own words:
 * `handleError` also what goes wrong before a request reaches its plugin.
 */
export type Dialect = {
  /** Such as `/cloudpool`. */
  readonly prefix: string;
  readonly plugin: FastifyPluginAsync;
  readonly handleError: (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;
};

export type AppInput = {
  readonly keeper: Keeper;
  readonly logger: Logger;
  readonly timers: Timers;
  /** Also tells the keeper's probe; see `createMetrics`. */
  readonly metrics: Metrics;
  /** How the outside work of each provider goes; nothing, where there is none. */
  readonly providersStatus?: ProvidersStatus;
  readonly checkTemplate?: CheckTemplate;
  readonly configurator: Configurator;
  readonly notifications: Notifications;
  readonly secretSeal: SecretSeal;
  readonly credentials: CredentialsPart;
  readonly runLogs: Pick<RunLogs, 'read' | 'follow'>;
  readonly signingKeys: SigningKeysPart;
  readonly runners: Runners;
  /** The replicas that this server is one of; it is alone, where nothing is said. */
  readonly cluster?: ClusterPart;
  /** Who a token is while the keeper knows no world yet: a replica that follows answers some routes by itself. Nobody, where left out. */
  readonly findTokenMeanwhile?: Keeper['findToken'];
  /** The product's version, for `/healthz` and the OpenAPI document. */
  readonly version: string;
  /** Unique for this process; begins the id of each of its requests. */
  readonly bootId?: string;
  /**
   * Proxies whose `X-Forwarded-*` headers are believed: addresses or networks, or how many stand in a row before the server.
   * None, where nothing is said.
   */
  readonly trustProxy?: TrustProxy;
  readonly bodyBytesMax?: number;
  /** Certificate and key, in PEM; plain HTTP without. */
  readonly https?: { readonly cert: string | Buffer; readonly key: string | Buffer } | null;
  /**
   * How long `close` keeps connections open, in milliseconds, so that a request which was on its way is refused with an answer
   * and not with a reset. Not at all, where nothing is said.
   */
  readonly lingerMs?: number;
  /** Does `/metrics` answer without a token? */
  readonly isMetricsOpen?: boolean;
  /** None, where nothing is said. */
  readonly dialects?: readonly Dialect[];
};

/**
 * The HTTP application: the native API, its documentation, health and metrics. `listen` starts it.
 *
 * `close` refuses what comes from then on, answers those who wait with what is, ends event streams, and resolves when every
 * answer is out; it comes before the keeper is stopped.
 */
export function createApp(input: AppInput): FastifyInstance {
  const { keeper, metrics, timers, version, dialects = [] } = input;
  const bodyLimit = input.bodyBytesMax ?? BODY_BYTES_MAX;
  const handleError = createErrorHandler(bodyLimit);
  const bootId = input.bootId ?? randomBytes(BOOT_ID_BYTES).toString('hex');
  let isClosing = false;
  let requests = 0;
  const app = Fastify({
    bodyLimit,
    requestTimeout: REQUEST_MS_MAX,
    trustProxy: trustOf(input.trustProxy ?? false),
    https: (input.https ?? null) as null,
    genReqId: () => `${bootId}-${(requests += 1).toString(36)}`,
    loggerInstance: createRequestLogs(input.logger),
    logController: new LogController({ disableRequestLogging: true }),
    // Ours are refused by the gate, as problems.
    return503OnClosing: false,
    routerOptions: { maxParamLength: PATH_PART_LENGTH_MAX },
    frameworkErrors: (error, request, reply) => {
      const dialect = dialects.find(({ prefix }) => isUnder(prefix, request.url));
      void (dialect?.handleError ?? handleError)(error, request as never, reply as never);
    },
    clientErrorHandler: answerUnreadable,
  }) as unknown as App;
  const longPolls = new LongPolls();
  const eventStreams = new EventStreams();
  const drain = new ConnectionDrain(app.server, timers);
  const parts: RouteParts = {
    keeper,
    timers,
    metrics,
    version,
    longPolls,
    eventStreams,
    checkTemplate: input.checkTemplate ?? (() => []),
    configurator: input.configurator,
    notifications: input.notifications,
    secretSeal: input.secretSeal,
    credentials: input.credentials,
    runLogs: input.runLogs,
    signingKeys: input.signingKeys,
    runners: input.runners,
    cluster: input.cluster ?? createSingleServer({ name: 'poolkeeper', version }),
    providersStatus: input.providersStatus ?? (() => []),
    isMetricsOpen: input.isMetricsOpen ?? false,
  };
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(createNotFoundHandler(app));
  app.decorateRequest('token', null as never);
  addJsonBody(app);
  app.setValidatorCompiler(createValidatorCompiler(SHARED_SCHEMAS) as never);
  app.setSerializerCompiler(createSerializerCompiler(SHARED_SCHEMAS));
  for (const schema of SHARED_SCHEMAS) app.addSchema(schema);
  const prefixes = dialects.map(({ prefix }) => prefix);
  const findToken: Keeper['findToken'] = (hash) =>
    keeper.status().state === 'loading' ? input.findTokenMeanwhile?.(hash) : keeper.findToken(hash);
  guardRoutes(app, { keeper: { findToken }, metrics, isClosing: () => isClosing, prefixes });
  addOpenApi(app, version);
  app.addHook('preClose', async () => {
    isClosing = true;
    longPolls.close();
    eventStreams.close();
    input.runners.close();
    if (input.lingerMs !== undefined) await sleep(timers, input.lingerMs);
    await drain.begin();
  });
  app.register(async (server: App) => {
    for (const addRoutes of SERVER_ROUTES) addRoutes(server, parts);
    addOpenApiRoute(server);
    addDocs(server);
  });
  app.register(
    async (api: App) => {
      for (const addRoutes of API_ROUTES) addRoutes(api, parts);
    },
    { prefix: '/v1' },
  );
  for (const { plugin, prefix } of dialects) app.register(plugin, { prefix });
  return app as unknown as FastifyInstance;
}
