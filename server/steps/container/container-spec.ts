import { createHash } from 'node:crypto';
import type { ContainerCreateOptions } from 'dockerode';
import { readMemory } from '../../schemas/steps/container.ts';
import type { ContainerInput } from '../../schemas/steps/container.ts';
import type { StepCall } from '../contract.ts';
import { stepEnvironment } from '../step-environment.ts';

export const MEMORY_DEFAULT = '512MiB';
const CPUS_DEFAULT = 1;
const PIDS_DEFAULT = 256;
const NANO = 1_000_000_000;
/** What an engine keeps of the output, for an attempt that adopts the container. */
const LOG_SIZE_MAX = '64m';

/** By these we know our containers again: whose they are, and which work they do. */
export const SERVER_LABEL = 'poolkeeper.server';
export const KEY_LABEL = 'poolkeeper.step.key';

export type Owner = { readonly server: string; readonly key: string };

/** The same for every attempt at the same work of the same server, so that the engine itself refuses a second container. */
export function containerName({ server, key }: Owner): string {
  return `poolkeeper-step-${createHash('sha256').update(`${server}\n${key}`).digest('hex').slice(0, 32)}`;
}

/** A container as a step wants it, bounded in all that it can take from its host. */
export function containerSpec(input: ContainerInput, call: StepCall, server: string): ContainerCreateOptions {
  const owner = { server, key: call.idempotencyKey };
  const memory = readMemory(input.memory ?? MEMORY_DEFAULT);
  const variables = { ...input.env, ...stepEnvironment(call) };
  return {
    name: containerName(owner),
    Image: input.image,
    ...(input.entrypoint === undefined ? {} : { Entrypoint: input.entrypoint.map(String) }),
    ...(input.command === undefined ? {} : { Cmd: input.command.map(String) }),
    ...(input.user === undefined ? {} : { User: input.user }),
    Env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    Labels: {
      [SERVER_LABEL]: server,
      [KEY_LABEL]: call.idempotencyKey,
      'poolkeeper.run': call.run,
      'poolkeeper.step': call.step,
      'poolkeeper.resource': call.resource.id,
    },
    Tty: false,
    HostConfig: {
      // Something has to take the signals and the orphans; a program that is process 1 heeds no SIGTERM by itself.
      Init: true,
      Memory: memory,
      MemorySwap: memory,
      NanoCpus: Math.round((input.cpus ?? CPUS_DEFAULT) * NANO),
      PidsLimit: input.pids ?? PIDS_DEFAULT,
      SecurityOpt: ['no-new-privileges'],
      LogConfig: { Type: 'json-file', Config: { 'max-size': LOG_SIZE_MAX, 'max-file': '1' } },
      ...(input.network === undefined ? {} : { NetworkMode: input.network }),
      Mounts: (input.mounts ?? []).map(({ volume, path, isReadOnly = false }) => ({
        Type: 'volume',
        Source: volume,
        Target: path,
        ReadOnly: isReadOnly,
      })),
    },
  };
}
