import { Refusal } from '@poolkeeper/core';

/** Bytes of a body with a configuration in it; a file may have a little less. */
export const CONFIGURATION_BYTES_MAX = 16 * 1_024 * 1_024;

/** Has the faults of a configuration point into the body that it came in. */
export async function withinConfig<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal) || error.faults.length === 0) throw error;
    const faults = error.faults.map(({ pointer, message }) => ({ pointer: `/config${pointer}`, message }));
    throw new Refusal(error.code, error.message, { faults, cause: error });
  }
}
