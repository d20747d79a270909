import type {
  CredentialPart,
  GivenPart,
  InputFault,
  JsonObject,
  LiveLease,
  Plan,
  ProviderEntry,
  Token,
  Webhook,
  World,
} from '@poolkeeper/core';
import type { ExportHead, PublicKeySet, SealedHead } from '@poolkeeper/turnover-record';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Keeper } from '../keeper/contract.ts';
import type { RunLogs } from '../run-log/run-logs.ts';
import type { Runners } from '../runners/contract.ts';
import type { ConfigurationSpec, ConfiguredProvider } from '../schemas/configuration-spec.ts';
import type { Timers } from '../timers.ts';
import type { Access } from './access.ts';
import type { ClusterPart } from './cluster-part.ts';
import type { EventStreams } from './event-streams.ts';
import type { LongPolls } from './long-polls.ts';
import type { Metrics } from './metrics.ts';
import type { ProvidersStatus } from './provider-status.ts';
import type { LeaseCredentialsBody } from './schemas/credential.ts';

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

/** How messages get to those who are told of events. */
export type Notifications = {
  /** Does this server send mail? */
  readonly sendsMail: boolean;
  /** Closes what messages to the webhook are signed with. */
  sealSecret(webhook: string, secret: string): string;
  /** The number of the last event that a receiver has, or did not want, by now; undefined where it is not served. */
  sentThrough(webhook: string): number | undefined;
  /** Sends a test at once. Errors: `too_many_requests` while another is sent. */
  test(webhook: Webhook): Promise<{ isDelivered: boolean; error: string | null; durationMs: number }>;
};

/** What closes secrets before they are stored. */
export type SecretSeal = {
  seal(name: string, value: string): string;
  /** Is the key there that a sealed text needs? */
  canOpen(name: string, sealed: string): boolean;
};

/** What closes the credentials of resources, and opens those of a lease for its holder. */
export type CredentialsPart = {
  /** The id of a resource that is to be: its credentials are sealed for it. */
  newResourceId(): string;
  seal(resource: string, part: GivenPart, values: Readonly<Record<string, string>>): string;
  /** Is the key there that a sealed text needs? */
  canOpen(resource: string, part: CredentialPart, sealed: string): boolean;
  /** Of the members that have some; null where the lease is not in force. Errors: `credentials_locked`. */
  ofLease(world: World, lease: LiveLease, now: number): LeaseCredentialsBody['resources'] | null;
};

/** The keys that turnover records are signed with. `now` answers the instant of what is decided next, in milliseconds UTC. */
export type SigningKeysPart = {
  published(): PublicKeySet;
  sealHead(head: ExportHead): SealedHead;
  rotate(now: () => number): Promise<PublicKeySet>;
};

/** What routes work with. */
export type RouteParts = {
  readonly keeper: Keeper;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly version: string;
  readonly checkTemplate: CheckTemplate;
  readonly configurator: Configurator;
  readonly notifications: Notifications;
  readonly secretSeal: SecretSeal;
  readonly credentials: CredentialsPart;
  readonly signingKeys: SigningKeysPart;
  readonly runners: Runners;
  readonly longPolls: LongPolls;
  readonly eventStreams: EventStreams;
  readonly isMetricsOpen: boolean;
  readonly providersStatus: ProvidersStatus;
  readonly runLogs: Pick<RunLogs, 'read' | 'follow'>;
  readonly cluster: ClusterPart;
};

/** Adds the routes of one file. */
export type AddRoutes = (app: App, parts: RouteParts) => void;
