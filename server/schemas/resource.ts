import { Type } from 'typebox';
import { AddressesInput, EndpointsInput, LabelsInput, ParamsInput } from './common.ts';
import { Profiles } from './transitions.ts';

/** What a person says about a resource, beside its name: the same in requests and in configuration files. */
export const RESOURCE_TRAITS = {
  labels: Type.Optional(LabelsInput('What requests match.')),
  params: Type.Optional(ParamsInput),
  profiles: Type.Optional(
    Profiles('Parameters beside its own; where nothing is said it keeps those that it has.'),
  ),
  addresses: Type.Optional(AddressesInput),
  endpoints: Type.Optional(EndpointsInput),
};
