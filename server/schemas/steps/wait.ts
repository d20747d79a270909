import { Duration, Input } from '../common.ts';

/** What a step of kind `wait` is told. */
export const WaitStepInput = Input(
  { for: Duration('How long the run rests.') },
  { description: 'A pause; it survives restarts of the server.' },
);
