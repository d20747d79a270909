import { LEDGER_STATES } from '@poolkeeper/core';
import { Type } from 'typebox';
import { Input, Instant, MaybeInstant, MaybeText, Name, OneOf, Shared } from '../../schemas/common.ts';
import { paging } from './page.ts';
import { Costs } from './pool.ts';

export const LedgerQuery = Input({
  ...paging,
  provider: Type.Optional(Name('Asked of this provider.')),
  pool: Type.Optional(Name('For this pool; a leak belongs to the pool that its tag names.')),
  state: Type.Optional(
    OneOf(LEDGER_STATES, 'In this state; all but `gone` where nothing is said. `gone` reads the history.'),
  ),
});
export type LedgerQuery = Type.Static<typeof LedgerQuery>;

export const LedgerEntryBody = Type.Object(
  {
    state: OneOf(
      LEDGER_STATES,
      '`intended`: asked for, and not seen yet. `made`: it exists. `leaving`: its end is asked for. `leaked`: it exists, bears ' +
        'our tag, and belongs to nobody. `gone`: proven so.',
    ),
    provider: Type.String(),
    pool: MaybeText,
    resource: Type.String({
      description: 'The id of the resource, or of the one that the tag of a leak names.',
    }),
    name: MaybeText,
    externalId: Type.Unsafe<string | null>({ ...MaybeText, description: "The provider's own name of it." }),
    since: Instant,
    requestedAt: MaybeInstant,
    madeAt: MaybeInstant,
    cost: Costs,
    doing: Type.String({ description: 'What is being done about it, and what a person could do.' }),
  },
  { $id: 'LedgerEntry' },
);
export type LedgerEntryBody = Type.Static<typeof LedgerEntryBody>;
export const LedgerEntry = Shared(LedgerEntryBody);
