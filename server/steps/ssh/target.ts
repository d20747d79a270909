import type { StepCall } from '../contract.ts';
import { StepRefused } from '../contract.ts';

const PORT = 22;

/** Where an SSH server listens. */
export type Target = { readonly host: string; readonly port: number };

export function targetText({ host, port }: Target): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Where the machine of a step is: what the step says, else the resource's endpoint `ssh`, else its first address.
 *
 * Errors: `StepRefused` when nothing says it, or the endpoint is none.
 */
export function findTarget(
  input: { readonly host?: string; readonly port?: number },
  resource: StepCall['resource'],
): Target {
  if (input.host !== undefined) return { host: bare(input.host), port: input.port ?? PORT };
  const endpoint = resource.endpoints['ssh'];
  if (endpoint !== undefined) {
    const target = readEndpoint(endpoint);
    if (target === undefined) {
      throw new StepRefused(
        `The endpoint "ssh" of ${resource.name} is "${endpoint}", which is neither ssh://HOST:PORT nor HOST:PORT. Correct it, or give host in the step.`,
      );
    }
    return { ...target, port: input.port ?? target.port };
  }
  const [address] = resource.addresses;
  if (address === undefined) {
    throw new StepRefused(
      `${resource.name} has neither an address nor an endpoint "ssh". Give it one, or give host in the step.`,
    );
  }
  return { host: bare(address), port: input.port ?? PORT };
}

function readEndpoint(endpoint: string): Target | undefined {
  const text = endpoint.includes('://') ? endpoint : `ssh://${endpoint}`;
  if (!text.startsWith('ssh://') || !URL.canParse(text)) return undefined;
  const { hostname, port } = new URL(text);
  if (hostname === '') return undefined;
  return { host: bare(decodeURIComponent(hostname)), port: port === '' ? PORT : Number(port) };
}

/** An IPv6 address stands in brackets beside a port, and alone without. */
function bare(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
