import { Type } from 'typebox';
import { Input, Instant, Nullable, OneOf, Shared } from '../../schemas/common.ts';

const TermAndBatch = Type.Object({ term: Type.Integer(), batch: Type.Integer() });

const HaltBody = Type.Object({
  at: Instant,
  by: Type.String({ description: 'The replica that saw it.' }),
  seen: TermAndBatch,
  found: TermAndBatch,
});

const ReplicaBody = Type.Object({
  id: Type.String({ description: 'Another at each start of its process.' }),
  name: Type.String(),
  address: Type.String({ description: 'Where the other replicas reach it.' }),
  version: Type.String(),
  role: OneOf(['keeper', 'follower'], 'What it was when it last told.'),
  batch: Type.Integer({ description: 'The last batch that it knows.' }),
  lagBatches: Type.Integer({ description: 'How many batches it is behind the database.' }),
  skewMs: Type.Number({
    description: 'How far its machine’s clock is ahead of the database’s, in milliseconds.',
  }),
  seenMsAgo: Type.Number({ description: 'How long ago it told, in milliseconds.' }),
  isSelf: Type.Boolean({ description: 'Is it the one that answers?' }),
});

export const ClusterBody = Type.Object(
  {
    mode: OneOf(['single', 'replicas'], '`single`: a server that has its database to itself.'),
    self: Type.Object({
      id: Type.String(),
      name: Type.String(),
      role: OneOf(
        ['starting', 'following', 'takingOver', 'keeping', 'handingOver', 'halted', 'stopped'],
        'What the replica that answers does now.',
      ),
    }),
    keeper: Nullable(
      Type.Object({ id: Type.String(), name: Type.String(), address: Type.String(), version: Type.String() }),
    ),
    term: Type.Integer({ description: 'Rises each time that the world changes hands.' }),
    remainingMs: Type.Number({
      description:
        'How long nobody else may take the world, in milliseconds, if the keeper says nothing more.',
    }),
    batch: Type.Integer({ description: 'The last batch that is durable.' }),
    isDatabaseReached: Type.Boolean({
      description: 'False: the database did not answer, and this is what the replica knows by itself.',
    }),
    halt: Nullable(HaltBody),
    replicas: Type.Array(ReplicaBody, { description: 'Those that told lately.' }),
  },
  { $id: 'Cluster' },
);
export type ClusterBody = Type.Static<typeof ClusterBody>;
export const Cluster = Shared(ClusterBody);

export const ResumeInput = Input(
  {
    acceptLoss: Type.Literal(true, {
      description: 'That what was acknowledged between `found` and `seen` is lost is known, and accepted.',
    }),
  },
  { $id: 'ClusterResumption' },
);
export type ResumeInput = Type.Static<typeof ResumeInput>;
