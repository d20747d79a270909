import { ActionsInput } from './actions.ts';
import { EventBody } from './event.ts';
import { LeaseBody, LeaseInput, RenewInput } from './lease.ts';
import { ConfigurationInput } from '../../schemas/configuration.ts';
import { PoolInput, PoolPatch } from '../../schemas/pool.ts';
import { ProviderInput } from '../../schemas/provider.ts';
import { ProfileInput, WorkflowInput } from '../../schemas/workflow.ts';
import { AdditionInput, RemovalInput } from './members.ts';
import { ApplyInput, PlanBody, PlanInput } from './plan.ts';
import { CredentialsSetting } from '../../schemas/credential.ts';
import { CredentialsBody, LeaseCredentialsBody } from './credential.ts';
import { LedgerEntryBody } from './ledger.ts';
import { PoolBody } from './pool.ts';
import { Problem } from './problem.ts';
import { ProfileBody } from './profile.ts';
import { ProviderBody } from './provider.ts';
import { ActionInput, MoveInput, ResourceBody, ResourceInput, ResourcePatch } from './resource.ts';
import { ClusterBody, ResumeInput } from './cluster.ts';
import { ClaimInput, FenceInput, OutcomeInput, OutputInput, RunnerBody, RunnerJobBody } from './runner.ts';
import { SecretBody, SecretInput } from './secret.ts';
import { ApprovalInput, DenialInput, RunBody } from './run.ts';
import { PublicKeySetBody } from './signing-key.ts';
import { SealedTurnoverBody, TurnoverExportBody } from './turnover.ts';
import { RunLogEntryBody } from './run-log.ts';
import { NewTokenBody, TokenBody, TokenInput } from './token.ts';
import { WorkflowBody } from './workflow.ts';
import { WebhookBody, WebhookInput, WebhookTestBody } from './webhook.ts';

/** The schemas that have a name in the document. */
export const SHARED_SCHEMAS = [
  ActionInput,
  ActionsInput,
  AdditionInput,
  ApplyInput,
  ApprovalInput,
  ClusterBody,
  ConfigurationInput,
  CredentialsBody,
  CredentialsSetting,
  DenialInput,
  EventBody,
  LeaseBody,
  LeaseCredentialsBody,
  LeaseInput,
  LedgerEntryBody,
  MoveInput,
  NewTokenBody,
  PlanBody,
  PlanInput,
  PoolBody,
  PoolInput,
  PoolPatch,
  Problem,
  ProfileBody,
  ProfileInput,
  ProviderBody,
  ProviderInput,
  RemovalInput,
  PublicKeySetBody,
  RenewInput,
  ResourceBody,
  ResourceInput,
  ResourcePatch,
  ResumeInput,
  RunBody,
  RunLogEntryBody,
  SealedTurnoverBody,
  ClaimInput,
  FenceInput,
  OutcomeInput,
  OutputInput,
  RunnerBody,
  RunnerJobBody,
  SecretBody,
  SecretInput,
  TokenBody,
  TokenInput,
  TurnoverExportBody,
  WorkflowBody,
  WorkflowInput,
  WebhookBody,
  WebhookInput,
  WebhookTestBody,
];
