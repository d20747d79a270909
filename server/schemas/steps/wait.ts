import type { Type } from 'typebox';
import { Input, Line } from '../common.ts';

const DURATION_LENGTH_MAX = 255;

/** `with` of a step that waits. */
export const WaitInput = Input({
  for: Line(DURATION_LENGTH_MAX, 'How long, such as 30s; at most 24h. May be a reference.'),
});
export type WaitInput = Type.Static<typeof WaitInput>;
