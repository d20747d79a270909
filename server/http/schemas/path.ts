import { Type } from 'typebox';

/** Characters of a name or id in a path; longer ones are refused by the router. */
export const PATH_PART_LENGTH_MAX = 128;

export const IdPath = Type.Object({ id: Type.String({ minLength: 1, maxLength: PATH_PART_LENGTH_MAX }) });
export const PoolPath = Type.Object({ pool: Type.String({ minLength: 1, maxLength: PATH_PART_LENGTH_MAX }) });
export const ProviderPath = Type.Object({
  provider: Type.String({ minLength: 1, maxLength: PATH_PART_LENGTH_MAX }),
});
export const WorkflowPath = Type.Object({
  workflow: Type.String({ minLength: 1, maxLength: PATH_PART_LENGTH_MAX }),
});
export const ProfilePath = Type.Object({
  profile: Type.String({ minLength: 1, maxLength: PATH_PART_LENGTH_MAX }),
});
