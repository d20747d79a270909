export const ROLES = ['admin', 'operator', 'holder', 'viewer', 'runner'] as const;
export type Role = (typeof ROLES)[number];

/** Bounds of one token over all pools; an absent member is no bound. */
export type TokenQuota = {
  readonly resources?: number;
  readonly leases?: number;
  readonly durationMs?: number;
};

/** Who may do what. The secret itself is never stored: `hash` is its SHA-256 in hex. */
export type Token = {
  readonly id: string;
  /** Unique; also the holder's name of the leases that it asks for. */
  readonly name: string;
  readonly hash: string;
  readonly role: Role;
  /** Pools that it may use; null is all. */
  readonly pools: readonly string[] | null;
  readonly quota: TokenQuota;
  /** Of a runner: it has exactly these labels, whatever it says; left out, those that it says. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly expiresAt: number | null;
};
