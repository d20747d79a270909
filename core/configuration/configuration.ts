import type { PoolSpec } from '../model/pool.ts';
import type { ProviderSpec } from '../model/provider.ts';
import type { ProfileSpec, WorkflowSpec } from '../model/workflow.ts';
import type { ResourceTraits } from '../resource/register-resource.ts';
import type { RegisteredStage } from '../stage/register-at-stage.ts';

/** A pool of a configuration with the resources that it registers there. */
export type ConfiguredPool = {
  readonly spec: Partial<PoolSpec> & { readonly name: string };
  readonly resources: readonly ConfiguredResource[];
};
/** `stage`: where it stands when it is new; one that is there stays where it is. */
export type ConfiguredResource = ResourceTraits & {
  readonly name: string;
  readonly stage?: RegisteredStage;
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
