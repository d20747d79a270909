import { EventBody } from './event.ts';
import { LeaseBody, LeaseInput, RenewInput } from './lease.ts';
import { ConfigurationInput } from '../../schemas/configuration.ts';
import { PoolInput, PoolPatch } from '../../schemas/pool.ts';
import { ProviderInput } from '../../schemas/provider.ts';
import { ProfileInput, WorkflowInput } from '../../schemas/workflow.ts';
import { ApplyInput, PlanBody, PlanInput } from './plan.ts';
import { PoolBody } from './pool.ts';
import { Problem } from './problem.ts';
import { ProfileBody } from './profile.ts';
import { ProviderBody } from './provider.ts';
import { ActionInput, MoveInput, ResourceBody, ResourceInput, ResourcePatch } from './resource.ts';
import { NewTokenBody, TokenBody, TokenInput } from './token.ts';
import { WorkflowBody } from './workflow.ts';

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
  ProfileBody,
  ProfileInput,
  ProviderBody,
  ProviderInput,
  RenewInput,
  ResourceBody,
  ResourceInput,
  ResourcePatch,
  TokenBody,
  TokenInput,
  WorkflowBody,
  WorkflowInput,
];
