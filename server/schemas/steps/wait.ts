import type { Type } from 'typebox';
import { Duration, Input, Line } from '../common.ts';

const DURATION_LENGTH_MAX = 255;

/** What a step of kind `wait` is told. */
export const WaitStepInput = Input(
  { for: Duration('How long the run rests.') },
  { description: 'A pause; it survives restarts of the server.' },
);

/** `with` of a step that waits. */
export const WaitInput = Input({
  for: Line(DURATION_LENGTH_MAX, 'How long, such as 30s; at most 24h. May be a reference.'),
});
export type WaitInput = Type.Static<typeof WaitInput>;
