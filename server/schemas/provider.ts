import { Type } from 'typebox';
import { LimitsMembers } from './provider-limits.ts';

const OPTIONS_BYTES_MAX = 64 * 1_024;
const OPTIONS_DEPTH_MAX = 8;

/** What an admin says about a provider, beside its name: the same in requests and in configuration files. */
export const PROVIDER_MEMBERS = {
  driver: Type.String({ maxLength: 63, description: 'Its kind: process, static, exec, simulated, ec2…' }),
  limits: Type.Optional(LimitsMembers),
};

/** Options of the driver stand beside its name, so they are bounded and not listed. */
export const WITH_OPTIONS = {
  additionalProperties: true,
  'x-max-bytes': OPTIONS_BYTES_MAX,
  'x-max-depth': OPTIONS_DEPTH_MAX,
  description:
    'Where resources come from. Options of the driver stand beside the members that every provider has.',
};

export const ProviderInput = Type.Object(PROVIDER_MEMBERS, { ...WITH_OPTIONS, $id: 'ProviderSpecification' });
export type ProviderInput = Type.Static<typeof ProviderInput>;
