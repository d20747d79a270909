/** What the API answers besides machines: a status, a word for programs, and what a person needs to know. */
export const CLOUD_ERRORS = {
  invalid: 400,
  not_found: 404,
  quota_exceeded: 409,
  throttled: 429,
  start_failed: 500,
  terminate_failed: 500,
  down: 503,
} as const;
export type CloudErrorCode = keyof typeof CLOUD_ERRORS;

export class CloudError extends Error {
  override readonly name = 'CloudError';
  readonly code: CloudErrorCode;
  /** After how many milliseconds another try is worth it; null where nobody knows. */
  readonly retryAfterMs: number | null;

  constructor(code: CloudErrorCode, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
