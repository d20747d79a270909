import { sleep } from '../../timers.ts';
import type { Timers } from '../../timers.ts';
import { KEY_LABEL, SERVER_LABEL, containerName } from './container-spec.ts';
import type { Owner } from './container-spec.ts';
import { EngineLost, statusOf, wordsOf } from './engine.ts';
import type { Engine } from './engine.ts';

const TRIES_MAX = 3;
const PAUSE_MS = 500;
/** How long an engine may take to kill and remove. Milliseconds. */
const REMOVE_MS_MAX = 10_000;
const never = new AbortController().signal;

/**
 * Kills and removes our container, with its unnamed volumes. One that is not there, or is not ours, is left alone.
 *
 * Errors: that it could not be removed, and how to do it by hand.
 */
export async function removeContainer(engine: Engine, owner: Owner, timers: Timers): Promise<void> {
  const name = containerName(owner);
  const container = engine.docker.getContainer(name);
  for (let tried = 1; ; tried += 1) {
    try {
      const { Config } = await engine.ask(
        never,
        (abortSignal) => container.inspect({ abortSignal }),
        REMOVE_MS_MAX,
      );
      const labels = Config.Labels;
      if (labels?.[SERVER_LABEL] !== owner.server || labels?.[KEY_LABEL] !== owner.key) return;
      await engine.ask(
        never,
        (abortSignal) => container.remove({ force: true, v: true, abortSignal }),
        REMOVE_MS_MAX,
      );
      return;
    } catch (error) {
      const status = statusOf(error);
      // Gone, or being removed by an earlier call.
      if (status === 404 || status === 409) return;
      if (tried === TRIES_MAX) {
        const words = error instanceof EngineLost ? error.message : wordsOf(error);
        throw new Error(
          `The container ${name} on ${engine.address} could not be removed: ${words} The next attempt removes it; by hand it is "docker rm --force ${name}".`,
          { cause: error },
        );
      }
    }
    await sleep(timers, PAUSE_MS);
  }
}
