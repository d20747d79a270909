import { StepRefused } from '../contract.ts';
import { EngineLost, wordsOf } from './engine.ts';
import type { Engine } from './engine.ts';

/**
 * Fetches an image that the engine does not have. The step's own time is its bound.
 *
 * Errors: `StepRefused` when it is not to be fetched; an error with the registry's words when it could not be.
 */
export async function fetchImage(
  engine: Engine,
  input: { readonly image: string; readonly pull: 'missing' | 'never'; readonly words: string },
  signal: AbortSignal,
): Promise<void> {
  const { image, pull, words } = input;
  if (pull === 'never') {
    throw new StepRefused(
      `The engine at ${engine.address} does not have the image ${image} (${words}), and the step says pull: never. Load it there, or say pull: missing.`,
    );
  }
  try {
    const progress = await engine.docker.pull(withTag(image), { abortSignal: signal });
    await new Promise<void>((resolve, reject) => {
      engine.docker.modem.followProgress(progress, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EngineLost) throw error;
    throw new Error(
      `The engine at ${engine.address} does not have the image ${image} and could not fetch it: ${wordsOf(error)}. Check its name, load it there by hand, or let the engine reach the registry.`,
      { cause: error },
    );
  }
}

/** Without a tag an engine would fetch every one that there is. */
function withTag(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? image : `${image}:latest`;
}
