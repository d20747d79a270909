/** What the server answers, as far as the command line looks at it. `--json` prints answers whole. Instants are RFC 3339. */

export type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

type Texts = Readonly<Record<string, string>>;

export type LeasedResource = {
  readonly id: string;
  readonly name: string;
  readonly pool: string;
  readonly kind: string;
  readonly epoch: number;
  readonly addresses: readonly string[];
  readonly endpoints: Texts;
  readonly labels: Texts;
  readonly params: Readonly<Record<string, unknown>>;
};

export type Lease = {
  readonly id: string;
  readonly status: 'queued' | 'preparing' | 'active' | 'ending' | 'ended';
  readonly endReason: string | null;
  readonly holder: string;
  readonly items: readonly {
    readonly pool: string;
    readonly count: number;
    readonly minimum: number;
    readonly match: Texts;
    readonly filter: string | null;
  }[];
  readonly resources: readonly LeasedResource[];
  readonly createdAt: string;
  readonly grantedAt: string | null;
  readonly expiresAt: string | null;
  readonly heartbeatBy: string | null;
  readonly endedAt: string | null;
  readonly position: number | null;
  readonly duration: string;
  readonly heartbeat: string | null;
  readonly priority: number;
  readonly labels: Texts;
  readonly note: string;
};

export type LeaseExplanation = {
  readonly lease: string;
  readonly status: string;
  readonly summary: string;
  readonly position: number | null;
  readonly waitsAt: string | null;
  readonly estimatedStart: string | null;
  readonly items: readonly {
    readonly pool: string;
    readonly count: number;
    readonly minimum: number;
    readonly has: number;
    readonly fitting: number;
    readonly members: number;
    readonly reasons: readonly {
      readonly reason: string;
      readonly count: number;
      readonly until: string | null;
      readonly examples: readonly { readonly name: string; readonly detail: string | null }[];
    }[];
  }[];
};

export type Pool = {
  readonly name: string;
  readonly kind: string;
  readonly provider: string;
  readonly size: Readonly<Record<string, number>> | null;
  readonly lease: { readonly default: string; readonly max: string; readonly queue: string };
  readonly quota: Readonly<Record<string, number>>;
  readonly recycle: string;
  readonly labels: Texts;
  readonly status: string;
  /** Members by status. */
  readonly resources: Readonly<Record<string, number>>;
  readonly target: number | null;
  readonly held: number;
  readonly setAside: number;
  readonly queued: number;
};

export type PoolExplanation = {
  readonly summary: string;
  readonly troubles: readonly {
    readonly resource: string;
    readonly name: string;
    readonly status: string;
    readonly error: string;
  }[];
};

export type Resource = {
  readonly id: string;
  readonly name: string;
  readonly pool: string;
  readonly kind: string;
  readonly provider: string;
  readonly status: string;
  readonly hold: { readonly reason: string; readonly since: string } | null;
  readonly epoch: number;
  readonly labels: Texts;
  readonly params: Readonly<Record<string, unknown>>;
  readonly addresses: readonly string[];
  readonly endpoints: Texts;
  readonly lease: string | null;
  readonly machine: string;
  readonly liveness: string;
  readonly uses: number;
  readonly since: string;
};

export type ResourceExplanation = { readonly summary: string; readonly actions: readonly string[] };

export type Token = {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly pools: readonly string[] | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
};

export type NewToken = Token & { readonly secret: string };

/** A refusal, as RFC 9457 has it. */
export type Problem = {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
};
