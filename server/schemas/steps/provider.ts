import type { JsonObject } from '@poolkeeper/core';
import { Type } from 'typebox';
import { Input } from '../common.ts';

/** Names of the actions of providers: `reboot`, `rotate`, `restart`. */
export const ACTION_PATTERN = '^[a-z][a-zA-Z0-9-]{0,62}$';

/** What a step of kind `provider` is told: an action that the resource's provider offers. */
export const ProviderStepInput = Input(
  {
    action: Type.String({
      pattern: ACTION_PATTERN,
      description: 'What the provider is to do with the resource, one of the actions that it offers.',
    }),
    input: Type.Optional(
      Type.Unsafe<JsonObject>({
        type: 'object',
        additionalProperties: true,
        description: 'What the action is given.',
      }),
    ),
  },
  { description: 'An action that the provider of the resource offers.' },
);
export type ProviderStepInput = Type.Static<typeof ProviderStepInput>;
