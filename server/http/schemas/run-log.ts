import { Type } from 'typebox';
import { Input, Instant, OneOf, Shared, Whole } from '../../schemas/common.ts';

export const RUN_LOG_LIMIT_MAX = 1_000;
export const RUN_LOG_LIMIT_DEFAULT = 500;

export const RunLogQuery = Input({
  after: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Entries numbered above this; from the beginning where nothing is said.',
    }),
  ),
  limit: Type.Optional(
    Whole(1, RUN_LOG_LIMIT_MAX, `Entries of one page; ${RUN_LOG_LIMIT_DEFAULT} where nothing is said.`),
  ),
});
export type RunLogQuery = Type.Static<typeof RunLogQuery>;

export const RunLogEntryBody = Type.Object(
  {
    seq: Type.Integer({ description: 'Numbered within the run, without gaps; the `id` in a stream.' }),
    at: Instant,
    step: Type.String({ description: 'The name of the step.' }),
    index: Type.Integer({ description: 'Which step of the run it is, from 0.' }),
    attempt: Type.Integer({ description: 'From 1.' }),
    stream: OneOf(['stdout', 'stderr', 'note'], '`note` is what the runner has to say.'),
    text: Type.String({ description: 'What was put out, secrets masked. It need not end with a line.' }),
  },
  { $id: 'RunLogEntry' },
);
export type RunLogEntryBody = Type.Static<typeof RunLogEntryBody>;
export const RunLogEntry = Shared(RunLogEntryBody);
