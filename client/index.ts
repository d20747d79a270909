/** The TypeScript SDK of Poolkeeper, for Node and browsers. */
export type {
  ApplyRequest,
  Cluster,
  ClusterResumption,
  components,
  Configuration,
  Credentials,
  CredentialsSetting,
  Event,
  Lease,
  LeaseCredentials,
  LeaseRequest,
  MemberAddition,
  MemberRemoval,
  NewToken,
  operations,
  Plan,
  PlanRequest,
  Pool,
  PoolChange,
  PoolSpecification,
  Problem,
  LedgerEntry,
  Profile,
  ProfileSpecification,
  Provider,
  ProviderSpecification,
  PublicKeySet,
  Resource,
  ResourceAction,
  ResourceActions,
  ResourceChange,
  ResourceMove,
  ResourceRegistration,
  Run,
  RunLogEntry,
  Runner,
  RunnerClaim,
  RunnerFence,
  RunnerJob,
  RunnerOutcome,
  RunnerOutput,
  Secret,
  Token,
  TokenRequest,
  Turnover,
  TurnoverExport,
  Webhook,
  WebhookSpecification,
  WebhookTest,
  Workflow,
  WorkflowSpecification,
} from './api.gen.ts';
export type { ApiOptions, CallOptions, ChangeOptions } from './api.ts';
export { createPoolkeeper } from './create-poolkeeper.ts';
export type { Leases, Poolkeeper, PoolkeeperOptions } from './create-poolkeeper.ts';
export type { Duration } from './duration.ts';
export { ApiError, LeaseLostError, LeaseNotGrantedError, NoAnswerError } from './errors.ts';
export type { EndReason, ErrorCode } from './errors.ts';
export type { FollowOptions } from './events/follow-stream.ts';
export type { AcquireInput, Waiting } from './lease/acquire-lease.ts';
export type { HeldLease, LeaseInput } from './lease/held-lease.ts';
export type { LeaseNotice, OnNotice } from './lease/notice.ts';
export type { ClusterOperations } from './operations/cluster.ts';
export type { ConfigurationOperations } from './operations/configuration.ts';
export type { Events, EventsInput, EventsQuery } from './operations/events.ts';
export type {
  LeaseExplanation,
  LeaseOperations,
  LeasesQuery,
  RenewOptions,
  RequestOptions,
  WaitOptions,
} from './operations/leases.ts';
export type {
  AdditionInput,
  MovedMembers,
  PoolExplanation,
  Pools,
  PoolsQuery,
  RemovalInput,
} from './operations/pools.ts';
export type { Ledger, LedgerQuery } from './operations/ledger.ts';
export type { Profiles, ProfilesQuery } from './operations/profiles.ts';
export type { Providers, ProvidersQuery } from './operations/providers.ts';
export type {
  ActionResults,
  ResourceAct,
  ResourceEventsQuery,
  ResourceExplanation,
  Resources,
  ResourcesQuery,
  TurnoversQuery,
} from './operations/resources.ts';
export type { Runners, RunnersQuery } from './operations/runners.ts';
export type { Secrets, SecretsQuery } from './operations/secrets.ts';
export type { RunLogQuery, RunLogs } from './operations/run-logs.ts';
export type { Runs, RunsQuery } from './operations/runs.ts';
export type { Health, Server, Welcome } from './operations/server.ts';
export type { Tokens, TokensQuery } from './operations/tokens.ts';
export type { Webhooks, WebhooksQuery } from './operations/webhooks.ts';
export type { Workflows, WorkflowsQuery } from './operations/workflows.ts';
export type { ListQuery, Page, Query } from './pages.ts';
export type { System } from './system.ts';
