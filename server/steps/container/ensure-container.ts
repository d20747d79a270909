import type { Container, ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import type { ContainerInput } from '../../schemas/steps/container.ts';
import { sleep } from '../../timers.ts';
import type { Timers } from '../../timers.ts';
import { StepRefused } from '../contract.ts';
import { KEY_LABEL, SERVER_LABEL } from './container-spec.ts';
import { statusOf, wordsOf } from './engine.ts';
import type { Engine } from './engine.ts';
import { fetchImage } from './fetch-image.ts';

const TRIES_MAX = 10;
const PAUSE_MS = 200;

/** A container of ours, and whether it ran before: then an earlier attempt made it. */
export type OurContainer = { readonly container: Container; readonly isAdopted: boolean };

/**
 * Makes the container of a step, or finds the one that an earlier attempt made.
 *
 * Errors: `StepRefused` when the image is not to be had, the engine takes no such container, or somebody else has its name.
 */
export async function ensureContainer(
  engine: Engine,
  input: {
    readonly spec: ContainerCreateOptions;
    readonly pull: ContainerInput['pull'];
    readonly timers: Timers;
  },
  signal: AbortSignal,
): Promise<OurContainer> {
  const { spec, timers } = input;
  const name = spec.name ?? '';
  let hasFetched = false;
  for (let tried = 1; tried <= TRIES_MAX; tried += 1) {
    try {
      const container = await engine.ask(signal, (abortSignal) =>
        engine.docker.createContainer({ ...spec, abortSignal }),
      );
      return { container, isAdopted: false };
    } catch (error) {
      const status = statusOf(error);
      if (status === 404 && !hasFetched) {
        await fetchImage(
          engine,
          { image: spec.Image ?? '', pull: input.pull ?? 'missing', words: wordsOf(error) },
          signal,
        );
        hasFetched = true;
        continue;
      }
      if (status === 400 || status === 404) {
        throw new StepRefused(
          `The engine at ${engine.address} takes no such container: ${wordsOf(error)}. Correct the step.`,
          { cause: error },
        );
      }
      if (status !== 409) throw error;
    }
    const found = await inspect(engine, name, signal);
    // Gone meanwhile, or going: its name is free in a moment.
    if (found === undefined || found.State.Status === 'removing') {
      await sleep(timers, PAUSE_MS, signal);
      continue;
    }
    return adopt(engine, { spec, found });
  }
  throw new Error(
    `The engine at ${engine.address} is still removing the container ${name} of an earlier attempt. Look at it with "docker inspect ${name}".`,
  );
}

function adopt(
  engine: Engine,
  { spec, found }: { readonly spec: ContainerCreateOptions; readonly found: ContainerInspectInfo },
): OurContainer {
  const isOurs = [SERVER_LABEL, KEY_LABEL].every(
    (label) => found.Config.Labels?.[label] === spec.Labels?.[label],
  );
  if (!isOurs) {
    throw new StepRefused(
      `There is a container ${spec.name ?? ''} on ${engine.address} that this server did not make. Remove it, or give it another name.`,
    );
  }
  // One that was made and never started is as good as new.
  return { container: engine.docker.getContainer(found.Id), isAdopted: found.State.Status !== 'created' };
}

/** Undefined when there is none. */
async function inspect(
  engine: Engine,
  name: string,
  signal: AbortSignal,
): Promise<ContainerInspectInfo | undefined> {
  try {
    return await engine.ask(signal, (abortSignal) =>
      engine.docker.getContainer(name).inspect({ abortSignal }),
    );
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
