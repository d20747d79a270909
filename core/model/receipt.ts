/** Remembers for whom an idempotency key made which lease, also after that lease ended. Instants are milliseconds UTC. */
export type Receipt = {
  /** `holder` and key, joined so that no two pairs are equal. */
  readonly id: string;
  readonly leaseId: string;
  /** SHA-256 of the request, so that another request under the same key is noticed. */
  readonly fingerprint: string;
  readonly expiresAt: number;
};
