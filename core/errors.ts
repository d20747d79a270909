/** What a refusal means to whoever is refused; the HTTP status follows from it in one table of the http room. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'stale'
  | 'exhausted'
  | 'limited'
  | 'unavailable'
  | 'internal';

/** The one catalogue of refusals. `docs/errors.md` says of each what to do, and a test keeps the two equal. */
export const ERRORS = {
  invalid_input: { kind: 'invalid', title: 'The request has a wrong or missing member' },
  invalid_filter: { kind: 'invalid', title: 'The filter expression cannot be used' },
  duration_too_long: { kind: 'invalid', title: 'The duration is longer than the pool allows' },
  body_too_large: { kind: 'invalid', title: 'The request body is too large' },
  url_too_long: { kind: 'invalid', title: 'The address or the head of the request is too long' },
  unsupported_media_type: { kind: 'invalid', title: 'The request body is not of a known type' },
  method_not_allowed: { kind: 'invalid', title: 'The route has other methods' },
  unauthenticated: { kind: 'unauthenticated', title: 'A valid token is needed' },
  forbidden: { kind: 'forbidden', title: 'The token may not do this' },
  route_not_found: { kind: 'not_found', title: 'No such route' },
  pool_not_found: { kind: 'not_found', title: 'No such pool' },
  resource_not_found: { kind: 'not_found', title: 'No such resource' },
  lease_not_found: { kind: 'not_found', title: 'No such lease' },
  token_not_found: { kind: 'not_found', title: 'No such token' },
  provider_not_found: { kind: 'not_found', title: 'No such provider' },
  workflow_not_found: { kind: 'not_found', title: 'No such workflow' },
  profile_not_found: { kind: 'not_found', title: 'No such profile' },
  workflow_in_use: { kind: 'conflict', title: 'Pools still name the workflow' },
  profile_in_use: { kind: 'conflict', title: 'Pools or resources still have the profile' },
  webhook_not_found: { kind: 'not_found', title: 'No such webhook' },
  secret_not_found: { kind: 'not_found', title: 'No such secret' },
  secret_in_use: { kind: 'conflict', title: 'The secret is still in use' },
  provider_being_removed: { kind: 'conflict', title: 'The provider is being removed' },
  provider_in_use: { kind: 'conflict', title: 'Pools still use the provider' },
  plan_outdated: { kind: 'conflict', title: 'The plan is no longer what would happen' },
  pool_being_removed: { kind: 'conflict', title: 'The pool is being removed' },
  pool_has_children: { kind: 'conflict', title: 'Other pools hang under the pool' },
  pool_is_sized: { kind: 'conflict', title: 'The pool makes its own resources' },
  pool_of_upkeep: { kind: 'conflict', title: 'The pool belongs to a cloud pool instance' },
  resource_name_taken: { kind: 'conflict', title: 'The pool already has a resource of this name' },
  token_name_taken: { kind: 'conflict', title: 'There is already a token of this name' },
  resource_transition_refused: {
    kind: 'conflict',
    title: 'The resource cannot do this in its present status',
  },
  too_few_members: { kind: 'exhausted', title: 'Fewer resources can move than are needed' },
  lease_not_active: { kind: 'conflict', title: 'The lease is not active' },
  lease_at_maximum: { kind: 'conflict', title: 'The lease cannot be made longer' },
  claim_lost: { kind: 'conflict', title: 'The job is no longer this runner’s' },
  idempotency_key_reused: { kind: 'conflict', title: 'The idempotency key belongs to another request' },
  run_not_found: { kind: 'not_found', title: 'No such run' },
  run_not_waiting: { kind: 'conflict', title: 'The run does not wait for an approval' },
  upkeep_not_found: { kind: 'not_found', title: 'No such cloud pool instance' },
  upkeep_exists: { kind: 'conflict', title: 'There is already a cloud pool instance of this name' },
  upkeep_not_configured: { kind: 'conflict', title: 'The cloud pool instance has no configuration yet' },
  upkeep_stopped: { kind: 'conflict', title: 'The cloud pool instance is stopped' },
  pool_unreachable: { kind: 'unavailable', title: 'The list of the pool’s machines is too old' },
  machine_not_found: { kind: 'not_found', title: 'The pool has no such machine' },
  machine_not_evictable: { kind: 'conflict', title: 'The machine may not be taken away' },
  machine_busy: { kind: 'conflict', title: 'Something else is under way with the machine' },
  not_offered: { kind: 'conflict', title: 'The provider cannot do this' },
  not_the_holder: { kind: 'conflict', title: 'Somebody else has the resource, or nobody' },
  stage_mismatch: { kind: 'conflict', title: 'The resource stands at another stage' },
  no_credentials: { kind: 'not_found', title: 'There are no credentials' },
  credentials_locked: { kind: 'unavailable', title: 'The server has not the key of the credentials' },
  version_mismatch: { kind: 'stale', title: 'The document changed since it was read' },
  over_quota: { kind: 'limited', title: 'The request goes over a quota' },
  queue_full: { kind: 'limited', title: 'Too many leases are waiting' },
  too_many_requests: { kind: 'limited', title: 'Too much is being asked at once' },
  not_halted: { kind: 'conflict', title: 'No halt stands' },
  no_other_replica: { kind: 'conflict', title: 'There is no other replica that could keep the world' },
  not_the_keeper: { kind: 'unavailable', title: 'Another replica keeps the world' },
  no_keeper: { kind: 'unavailable', title: 'No replica keeps the world now' },
  keeper_unreachable: { kind: 'unavailable', title: 'The replica that keeps the world is not reached' },
  outcome_unknown: { kind: 'unavailable', title: 'It is not known whether the request was carried out' },
  world_halted: { kind: 'unavailable', title: 'The database went back, and nobody decides' },
  stopping: { kind: 'unavailable', title: 'The server is stopping' },
  store_unavailable: { kind: 'unavailable', title: 'The store does not take writes' },
  internal: { kind: 'internal', title: 'An error of ours' },
} as const satisfies Record<string, { kind: ErrorKind; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** One wrong member of an input: where it is (RFC 6901 pointer into the request body) and what to do about it. */
export type InputFault = { pointer: string; message: string };

/**
 * A refusal: the typed "no" of every rule. It leaves no trace in the world.
 *
 * Shape: `code` is stable and public, `message` says what was refused and what to do, `faults` name members.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;
  readonly faults: readonly InputFault[];

  constructor(
    code: ErrorCode,
    message: string,
    options?: { faults?: readonly InputFault[]; cause?: unknown },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.faults = options?.faults ?? [];
  }

  get kind(): ErrorKind {
    return ERRORS[this.code].kind;
  }
}

/** A refusal of one member of the input. */
export function refuseInput(pointer: string, message: string, code: ErrorCode = 'invalid_input'): Refusal {
  return new Refusal(code, message, { faults: [{ pointer, message }] });
}
