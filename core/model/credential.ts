/** A credential as the world knows it: ciphertext that only the server's key opens. `at` is milliseconds UTC. */
export type SealedCredential = {
  readonly sealed: string;
  readonly at: number;
  /** The resource's epoch when it was kept. */
  readonly epoch: number;
};

/** What a sealed credential is for: its holder is shown `current`, nobody `management`; `pending` is made and not in force yet. */
export const CREDENTIAL_PARTS = ['current', 'pending', 'management'] as const;
export type CredentialPart = (typeof CREDENTIAL_PARTS)[number];

/** The parts that people give; what is pending is a rotation's. */
export const GIVEN_PARTS = ['current', 'management'] as const satisfies readonly CredentialPart[];
export type GivenPart = (typeof GIVEN_PARTS)[number];

/** What a person says about the credentials of a resource: sealed, or taken away (null); what is left out stays. */
export type GivenCredentials = Readonly<Partial<Record<GivenPart, string | null>>>;

/** The credentials of one resource, apart from it, so that no list of resources can ever show them. Instants are milliseconds UTC. */
export type Credential = Readonly<Record<CredentialPart, SealedCredential | null>> & {
  /** The resource's. */
  readonly id: string;
  /**
   * What a configuration file said last of each part, as a sealed digest: the same file changes nothing, also after a rotation that
   * replaced what it had said. Left out: no file said anything.
   */
  readonly told?: Readonly<Partial<Record<GivenPart, string>>>;
  readonly version: number;
  readonly createdAt: number;
  readonly changedAt: number;
};
