import { Refusal } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/** How a command was refused: the code, where in the input, and the sentence. Fails when it was not. */
export function refusalOf(act: () => unknown): { code: ErrorCode; at: string | undefined; message: string } {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { code: error.code, at: error.faults[0]?.pointer, message: error.message };
  }
  throw new Error('not refused');
}
