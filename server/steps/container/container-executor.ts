import type { ContainerInput } from '../../schemas/steps/container.ts';
import type { Timers } from '../../timers.ts';
import { checkContainerInput } from '../check-step.ts';
import type { StepExecutor, StepResult } from '../contract.ts';
import { OUTPUT_BYTES_MAX } from '../output-bound.ts';
import { MEMORY_DEFAULT, containerSpec } from './container-spec.ts';
import { Engine, EngineLost } from './engine.ts';
import type { EngineAddress } from './engine-address.ts';
import { ensureContainer } from './ensure-container.ts';
import { followContainer } from './follow-container.ts';
import type { ContainerEnd } from './follow-container.ts';
import { removeContainer } from './remove-container.ts';

/** What programs end with that cannot be started, are not found, and are killed. */
const CANNOT_START = 126;
const NOT_FOUND = 127;
const KILLED = 137;

export type ContainerContext = {
  readonly timers: Timers;
  /** Where steps run that name no engine. */
  readonly engine: EngineAddress;
  /** Tells this server's containers from those of others on the same engine; the same after a restart. */
  readonly server: string;
  /** What the work of an attempt may put out, in bytes. */
  readonly outputBytesMax?: number;
};

/**
 * Does steps in containers of a Docker-compatible engine.
 *
 * Rule 1 of the contract is kept by the container's name, which is made of the idempotency key: the engine refuses a second
 * one, and an attempt after a crash adopts the first, whether it runs or has ended. It is removed when its end is known; when
 * the engine is lost it stays for the next attempt.
 */
export function createContainerExecutor(context: ContainerContext): StepExecutor {
  const { timers, engine: ownEngine, server, outputBytesMax = OUTPUT_BYTES_MAX } = context;
  return {
    check: checkContainerInput,
    run: async (call, tools) => {
      const input = call.input as unknown as ContainerInput;
      const engine = new Engine(input.engine ?? ownEngine, timers);
      const owner = { server, key: call.idempotencyKey };
      const spec = containerSpec(input, call, server);
      try {
        const ours = await ensureContainer(engine, { spec, pull: input.pull, timers }, tools.signal);
        const end = await followContainer(engine, ours, { timers, tools, outputBytesMax });
        await removeContainer(engine, owner, timers);
        return resultOf(end, { engine, input, isAdopted: ours.isAdopted });
      } catch (error) {
        if (!(error instanceof EngineLost)) await removeContainer(engine, owner, timers).catch(() => {});
        throw error;
      }
    },
  };
}

function resultOf(
  end: ContainerEnd,
  {
    engine,
    input,
    isAdopted,
  }: { readonly engine: Engine; readonly input: ContainerInput; readonly isAdopted: boolean },
): StepResult {
  const isPassed = end.code === 0 && end.outputFault === null && !end.isOutOfMemory;
  return {
    isPassed,
    exitCode: end.code,
    evidence: { engine: engine.address, image: input.image, imageId: end.image, isAdopted },
    error: isPassed ? null : (end.outputFault ?? endText(end, input.memory ?? MEMORY_DEFAULT)),
  };
}

function endText({ code, isOutOfMemory }: ContainerEnd, memory: string): string {
  if (isOutOfMemory) {
    return `It was killed when it used more than its memory, ${memory}. Raise memory in the step, or let it use less.`;
  }
  if (code === KILLED) return 'It was killed (exit code 137). Look on the engine for who kills containers.';
  const what = `It ended with exit code ${code}`;
  if (code === NOT_FOUND) {
    return `${what}: a program was not found in the image. Look at its output; correct the command or the image.`;
  }
  if (code === CANNOT_START) {
    return `${what}: a program cannot be started in the image. Look at its output; check its rights and first line.`;
  }
  return `${what}. Look at its output for the reason.`;
}
