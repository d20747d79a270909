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

/** The credentials of one resource, apart from it, so that no list of resources can ever show them. Instants are milliseconds UTC. */
export type Credential = Readonly<Record<CredentialPart, SealedCredential | null>> & {
  /** The resource's. */
  readonly id: string;
  readonly version: number;
  readonly createdAt: number;
  readonly changedAt: number;
};
