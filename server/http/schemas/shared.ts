import { EventBody } from './event.ts';
import { LeaseBody, LeaseInput, RenewInput } from './lease.ts';
import { PoolBody, PoolInput, PoolPatch } from './pool.ts';
import { Problem } from './problem.ts';
import { ProviderBody } from './provider.ts';
import { ActionInput, MoveInput, ResourceBody, ResourceInput, ResourcePatch } from './resource.ts';
import { NewTokenBody, TokenBody, TokenInput } from './token.ts';

/** The schemas that have a name in the document. */
export const SHARED_SCHEMAS = [
  ActionInput,
  EventBody,
  LeaseBody,
  LeaseInput,
  MoveInput,
  NewTokenBody,
  PoolBody,
  PoolInput,
  PoolPatch,
  Problem,
  ProviderBody,
  RenewInput,
  ResourceBody,
  ResourceInput,
  ResourcePatch,
  TokenBody,
  TokenInput,
];
