import { Refusal } from '@poolkeeper/core';
import type { ErrorCode } from '@poolkeeper/core';

/** What went wrong, in the words of the protocol; the status follows from it and from the API that is asked. */
export type CloudPoolFault =
  | 'invalid'
  | 'not_configured'
  | 'no_configuration'
  | 'not_started'
  | 'unknown_machine'
  | 'unknown_instance'
  | 'cloud'
  | 'internal';

/** A "no" to a client of cloud pools. `message` is the bare cause; prefixes are the matter of the API that is asked. */
export class CloudPoolError extends Error {
  override readonly name = 'CloudPoolError';
  readonly fault: CloudPoolFault;

  constructor(fault: CloudPoolFault, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.fault = fault;
  }
}

/** What the layer below the protocol refuses. It is said the same way by every API. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** The only mapping of refusals of the core; what is not here goes by its kind. */
const FAULTS: Partial<Record<ErrorCode, CloudPoolFault>> = {
  upkeep_not_found: 'unknown_instance',
  pool_not_found: 'unknown_instance',
  pool_being_removed: 'unknown_instance',
  upkeep_exists: 'invalid',
  upkeep_not_configured: 'not_configured',
  upkeep_stopped: 'not_started',
  pool_unreachable: 'cloud',
  machine_not_found: 'unknown_machine',
  machine_not_evictable: 'cloud',
  machine_busy: 'cloud',
  not_offered: 'cloud',
  provider_being_removed: 'cloud',
};

/** A refusal of the core as an error of the protocol; anything else stays what it is. */
export function errorOf(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error;
  const fault = FAULTS[error.code] ?? (error.kind === 'invalid' ? 'invalid' : 'internal');
  return new CloudPoolError(fault, error.message, { cause: error });
}

export const noSuchInstance = (name: string): CloudPoolError =>
  new CloudPoolError('unknown_instance', `no such cloudpool instance: ${name}`);
export const notConfigured = (): CloudPoolError =>
  new CloudPoolError('not_configured', 'cloud pool is not configured');
export const notStarted = (): CloudPoolError =>
  new CloudPoolError('not_started', 'the cloud pool is stopped');
