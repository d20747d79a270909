import type { InputFault, JsonObject, Plan, ProviderEntry, Token } from '@poolkeeper/core';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Keeper } from '../keeper/contract.ts';
import type { RunLogs } from '../run-log/run-logs.ts';
import type { ConfigurationSpec, ConfiguredProvider } from '../schemas/configuration-spec.ts';
import type { Timers } from '../timers.ts';
import type { Access } from './access.ts';
import type { EventStreams } from './event-streams.ts';
import type { LongPolls } from './long-polls.ts';
import type { Metrics } from './metrics.ts';
import type { ProvidersStatus } from './provider-status.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Who asks; set by the gate of every route that is not open. */
    token: Token;
  }
}

/** An application whose handlers have the types of their schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Asks a provider what is wrong with a template; nothing, for a provider that is not configured. */
export type CheckTemplate = (provider: string, template: JsonObject | null) => readonly InputFault[];

/** What configurations go through on their way to the core. Errors: refusals whose faults point into what was given. */
export type Configurator = {
  plan(input: ConfigurationSpec & { readonly isPruning: boolean }): Promise<Plan>;
  apply(
    input: ConfigurationSpec & { readonly isPruning: boolean; readonly agreed: string | null },
  ): Promise<Plan>;
  putProvider(entry: ConfiguredProvider, version?: number): Promise<ProviderEntry>;
};

/** What routes work with. */
export type RouteParts = {
  readonly keeper: Keeper;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly version: string;
  readonly checkTemplate: CheckTemplate;
  readonly configurator: Configurator;
  readonly longPolls: LongPolls;
  readonly eventStreams: EventStreams;
  readonly isMetricsOpen: boolean;
  readonly providersStatus: ProvidersStatus;
  readonly runLogs: Pick<RunLogs, 'read' | 'follow'>;
};

/** Adds the routes of one file. */
export type AddRoutes = (app: App, parts: RouteParts) => void;
