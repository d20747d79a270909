/** A named secret. The world knows it sealed alone: only the server's key opens it, and only for a step that names it. */
export type Secret = {
  readonly name: string;
  /** Ciphertext with everything but the key that is needed to open it; the server's words. */
  readonly sealed: string;
  readonly version: number;
  readonly createdAt: number;
  readonly changedAt: number;
};
