import type { Credential, GivenCredentials } from '../model/credential.ts';
import type { PoolSpec } from '../model/pool.ts';
import type { ProviderSpec } from '../model/provider.ts';
import type { ProfileSpec, WorkflowSpec } from '../model/workflow.ts';
import type { ResourceTraits } from '../resource/register-resource.ts';

/** A pool of a configuration with the resources that it registers there. */
export type ConfiguredPool = {
  readonly spec: Partial<PoolSpec> & { readonly name: string };
  readonly resources: readonly ConfiguredResource[];
};
export type ConfiguredResource = ResourceTraits & {
  readonly name: string;
  readonly credentials?: ConfiguredCredentials;
};

/** The credentials of a resource that a configuration says otherwise than before; those that it says as before are not here. */
export type ConfiguredCredentials = {
  /** What they are sealed for: the resource of this name, or the one that is to be. */
  readonly resource: string;
  readonly sealed: GivenCredentials;
  readonly told: NonNullable<Credential['told']>;
};

export type Configuration = {
  readonly providers: readonly ProviderSpec[];
  /** Workflows and profiles that it names; none where they are left out. */
  readonly workflows?: readonly WorkflowSpec[];
  readonly profiles?: readonly ProfileSpec[];
  readonly pools: readonly ConfiguredPool[];
  /** Is what the configuration does not name given up? Else it stays as it is. */
  readonly isPruning: boolean;
};
