import { EventBody } from './event.ts';
import { LeaseBody, LeaseInput, RenewInput } from './lease.ts';
import { ConfigurationInput } from '../../schemas/configuration.ts';
import { PoolInput, PoolPatch } from '../../schemas/pool.ts';
import { ProviderInput } from '../../schemas/provider.ts';
import { ApplyInput, PlanBody, PlanInput } from './plan.ts';
import { PoolBody } from './pool.ts';
import { Problem } from './problem.ts';
import { ProviderBody } from './provider.ts';
import { ActionInput, MoveInput, ResourceBody, ResourceInput, ResourcePatch } from './resource.ts';
import { ClaimInput, FenceInput, OutcomeInput, OutputInput, RunnerBody, RunnerJobBody } from './runner.ts';
import { SecretBody, SecretInput } from './secret.ts';
import { NewTokenBody, TokenBody, TokenInput } from './token.ts';

/** The schemas that have a name in the document. */
export const SHARED_SCHEMAS = [
  ActionInput,
  ApplyInput,
  ConfigurationInput,
  EventBody,
  LeaseBody,
  LeaseInput,
  MoveInput,
  NewTokenBody,
  PlanBody,
  PlanInput,
  PoolBody,
  PoolInput,
  PoolPatch,
  Problem,
  ProviderBody,
  ProviderInput,
  RenewInput,
  ResourceBody,
  ResourceInput,
  ResourcePatch,
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
];
