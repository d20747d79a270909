import type { ContainerInput } from '../../schemas/steps/container.ts';
import { StepRefused } from '../contract.ts';

export const ENGINE_PORT = 2375;
const SOCKET = '/var/run/docker.sock';

/** Where a Docker-compatible engine is. */
export type EngineAddress = NonNullable<ContainerInput['engine']>;

/**
 * The server's own engine: what `DOCKER_HOST` names, else the usual socket.
 *
 * Errors: `StepRefused` when it names neither a socket nor a host.
 */
export function engineOf(environment: Readonly<Record<string, string | undefined>>): EngineAddress {
  const said = environment['DOCKER_HOST'];
  if (said === undefined || said === '') return { socket: SOCKET };
  if (said.startsWith('unix:///')) return { socket: said.slice('unix://'.length) };
  if (said.startsWith('tcp://') && URL.canParse(said)) {
    const { hostname, port } = new URL(said);
    return { host: hostname, port: port === '' ? ENGINE_PORT : Number(port) };
  }
  throw new StepRefused(
    `DOCKER_HOST of the server is "${said}", which is neither unix:///PATH nor tcp://HOST:PORT. Correct it, or give engine in the step.`,
  );
}
