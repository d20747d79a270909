import { Type } from 'typebox';
import { Input, Name, NAME_PATTERN, ParamsInput } from './common.ts';

/** Profiles that one transition gives or takes. */
const PROFILES_MAX = 32;
/** Parameters that one transition takes away. */
const PARAMS_MAX = 256;
const PARAM_LENGTH_MAX = 255;

export function Profiles(description: string) {
  return Type.Unsafe<readonly string[]>({
    type: 'array',
    maxItems: PROFILES_MAX,
    uniqueItems: true,
    items: { type: 'string', pattern: NAME_PATTERN },
    description,
  });
}

const TRANSITION_MEMBERS = {
  workflow: Type.Optional(Name('The workflow that runs; the move waits for it.')),
  addProfiles: Type.Optional(Profiles('Profiles that the resource has from then on.')),
  removeProfiles: Type.Optional(Profiles('Profiles that it loses, before others are added.')),
  addParams: Type.Optional({
    ...ParamsInput,
    description: 'Parameters that it has from then on; texts may hold references.',
  }),
  removeParams: Type.Optional(
    Type.Unsafe<readonly string[]>({
      type: 'array',
      maxItems: PARAMS_MAX,
      uniqueItems: true,
      items: { type: 'string', minLength: 1, maxLength: PARAM_LENGTH_MAX },
      description: 'Names of parameters that it loses, before others are added.',
    }),
  ),
};

const move = (description: string) => Type.Optional(Input(TRANSITION_MEMBERS, { description }));

/**
 * What one call adds to a move. What cleans and what proves it stays the pool's, so that no caller can talk a resource out of
 * being clean.
 */
export function CallTransition(description: string) {
  return move(
    `${description} Its workflow takes the place of the pool's, its parameters win, the rest comes on top.`,
  );
}

/** What happens to a resource when it moves; the same in requests and in configuration files. */
export const TransitionsInput = Input(
  {
    enter: move('When it comes into the pool, before it is free.'),
    allocate: move('When a lease gets it, before the lease is active.'),
    release: Type.Optional(
      Input(
        {
          ...TRANSITION_MEMBERS,
          clean: Type.Optional(Name('The workflow that cleans it; runs after `workflow`.')),
          verify: Type.Optional(
            Name('The workflow that proves it clean; runs last. Without a pass it is never free.'),
          ),
        },
        { description: 'When it comes back from a lease, before it is free again.' },
      ),
    ),
    exit: move('When it leaves the pool, before it is destroyed or goes to another.'),
  },
  {
    description:
      'What happens to a resource when it moves: workflows that run, profiles and parameters that change.',
  },
);
