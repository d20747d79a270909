import { PROVIDER_STATES } from '@poolkeeper/core';
import { Type } from 'typebox';
import { Input, Instant, MaybeInstant, MaybeText, Nullable, OneOf, Shared } from '../../schemas/common.ts';
import { paging } from './page.ts';

export const ProvidersQuery = Input({ ...paging });

const Limits = Type.Object({
  concurrency: Type.Integer({ description: 'Jobs under way at once.' }),
  rate: Type.Number({ description: 'Calls a second in the long run, looks at what is there included.' }),
  burst: Type.Integer({ description: 'Calls at once after a quiet time.' }),
  failures: Type.Integer({ description: 'So many failures in a row, and it is left alone.' }),
  pause: Type.String({ description: 'How long it is left alone at first; it doubles.' }),
});

const PoolOfProvider = Type.Object({
  name: Type.String(),
  target: Nullable(Type.Integer({ description: 'How many members it should have now.' })),
  members: Type.Integer({ description: 'Members that it has or is about to have.' }),
  unmade: Type.Integer({ description: 'Those of them that the provider has not made yet.' }),
  leaving: Type.Integer({ description: 'Resources that the provider has not destroyed yet.' }),
  held: Type.Integer({ description: 'Members that are held for a person.' }),
});

export const ProviderBody = Type.Object(
  {
    name: Type.String(),
    driver: Type.String(),
    status: OneOf(['open', 'removing'], '`removing`: it goes with the last of its pools.'),
    version: Type.Integer({ description: 'Rises with each change; the entity tag.' }),
    makes: Type.Boolean({ description: 'Does it make its resources? Else they are registered.' }),
    state: OneOf(
      PROVIDER_STATES,
      '`ok`. `failing`: the last calls failed, and it goes on. `paused`: quota or capacity is used up, and nothing is created ' +
        'for now. `open`: it failed so often that no job is tried. `half-open`: one job is being tried.',
    ),
    summary: Type.String({ description: 'What goes on, and what happens next.' }),
    until: Type.Unsafe<string | null>({
      ...MaybeInstant,
      description: 'When `paused` or `open` ends in a try; null else.',
    }),
    limits: Nullable(Limits),
    running: Type.Integer({ description: 'Jobs under way.' }),
    waiting: Type.Integer({ description: 'Jobs that wait.' }),
    attempts: Type.Unsafe<Readonly<Record<string, number>>>({
      type: 'object',
      additionalProperties: { type: 'integer' },
      description: 'Attempts at jobs since the server started, by result.',
    }),
    lastError: Nullable(
      Type.Object(
        { at: Instant, message: Type.String() },
        { description: 'The last attempt that failed. Holders, and tokens of other pools, are not told.' },
      ),
    ),
    lastObserve: Nullable(
      Type.Object(
        {
          at: Type.Unsafe<string | null>({
            ...MaybeInstant,
            description: 'When the last look that succeeded began; null before the first.',
          }),
          things: Type.Integer({ description: 'How many things it saw.' }),
          failures: Type.Integer({ description: 'Looks that failed since.' }),
          error: Type.Unsafe<string | null>({
            ...MaybeText,
            description:
              'Why the last of them failed. Holders and tokens that are bound to pools are not told.',
          }),
        },
        { description: 'Looks at what it made; null where it makes nothing.' },
      ),
    ),
    pools: Type.Array(PoolOfProvider, {
      description:
        'Pools on it in the token’s grant, in order of their names; the first of them, where they are many.',
    }),
    poolCount: Type.Integer({ description: 'How many pools on it are in the token’s grant.' }),
  },
  { $id: 'Provider' },
);
export type ProviderBody = Type.Static<typeof ProviderBody>;
export const Provider = Shared(ProviderBody);
