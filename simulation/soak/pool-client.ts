const CALL_WITHIN_MS = 90_000;

/** A machine as a client of the API sees it. */
export type Machine = {
  readonly id: string;
  readonly machineState: string;
  readonly membershipStatus: { readonly active: boolean; readonly evictable: boolean };
};
export type PoolSize = {
  readonly desiredSize: number;
  readonly allocated: number;
  readonly active: number;
};
/** `status` 0: there was no answer, because the server was killed or not there. */
export type Answer = { readonly status: number; readonly body: unknown };

/** A client of one cloud pool, over the wire and with nothing of ours between. */
export class PoolClient {
  readonly name: string;
  readonly #url: string;

  constructor(name: string, server: string) {
    this.name = name;
    this.#url = `${server}/cloudpools/${name}`;
  }

  async call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Answer> {
    try {
      const response = await fetch(`${this.#url}${path}`, {
        method,
        signal: AbortSignal.timeout(CALL_WITHIN_MS),
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
    } catch (error) {
      // A late answer is a finding of its own; a cut one belongs to a kill.
      if ((error as Error).name === 'TimeoutError') throw error;
      return { status: 0, body: null };
    }
  }

  /** Undefined while it cannot be told. */
  async size(): Promise<PoolSize | undefined> {
    const { status, body } = await this.call('GET', '/pool/size');
    return status === 200 ? (body as PoolSize) : undefined;
  }

  async machines(): Promise<readonly Machine[] | undefined> {
    const { status, body } = await this.call('GET', '/pool');
    return status === 200 ? (body as { machines: Machine[] }).machines : undefined;
  }
}

export function isAllocated({ machineState }: Machine): boolean {
  return ['REQUESTED', 'PENDING', 'RUNNING'].includes(machineState);
}
