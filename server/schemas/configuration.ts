import { Type } from 'typebox';
import { Input, Name, ResourceName } from './common.ts';
import { CredentialsGiven } from './credential.ts';
import { POOL_MEMBERS } from './pool.ts';
import { PROVIDER_MEMBERS, WITH_OPTIONS } from './provider.ts';
import { RESOURCE_TRAITS } from './resource.ts';
import { StageInput } from './stages.ts';
import { ProfileEntry, WorkflowEntry } from './workflow.ts';

/**
 * A configuration: what a file says, what `POST /v1/plan` and `POST /v1/apply` take, and what `GET /v1/config` answers. The
 * JSON Schema for editors is made of it too.
 */

const POOLS_MAX = 10_000;
const PROVIDERS_MAX = 1_000;
const WORKFLOWS_MAX = 1_000;
const PROFILES_MAX = 1_000;
const RESOURCES_MAX = 1_000_000;

const ProviderEntry = Type.Object(
  { name: Name('Unique in the configuration.'), ...PROVIDER_MEMBERS },
  WITH_OPTIONS,
);

const ResourceEntry = Input(
  {
    name: ResourceName(),
    ...RESOURCE_TRAITS,
    stage: Type.Optional(StageInput),
    credentials: Type.Optional(CredentialsGiven),
  },
  { description: 'A resource that exists already.' },
);

const PoolEntry = Input(
  {
    name: Name('Unique in the configuration.'),
    provider: Type.Optional(
      Name('Who makes or keeps its members; the only provider of the configuration, where nothing is said.'),
    ),
    ...POOL_MEMBERS,
    resources: Type.Optional(
      Type.Array(ResourceEntry, {
        maxItems: RESOURCES_MAX,
        description: 'Members that exist already, for a provider that makes none, such as driver static.',
      }),
    ),
  },
  { description: 'A pool: what is lent.' },
);

export const ConfigurationInput = Input(
  {
    providers: Type.Optional(
      Type.Array(ProviderEntry, { maxItems: PROVIDERS_MAX, description: 'Where resources come from.' }),
    ),
    workflows: Type.Optional(
      Type.Array(WorkflowEntry, {
        maxItems: WORKFLOWS_MAX,
        description: 'What is done when resources move.',
      }),
    ),
    profiles: Type.Optional(
      Type.Array(ProfileEntry, {
        maxItems: PROFILES_MAX,
        description: 'Parameters that resources can be given together.',
      }),
    ),
    pools: Type.Optional(Type.Array(PoolEntry, { maxItems: POOLS_MAX, description: 'What is lent.' })),
  },
  {
    $id: 'Configuration',
    description: 'Providers, workflows, profiles and pools, with the resources that are registered by hand.',
  },
);
export type ConfigurationInput = Type.Static<typeof ConfigurationInput>;
export type PoolEntry = Type.Static<typeof PoolEntry>;
export type ResourceEntry = Type.Static<typeof ResourceEntry>;
