import { Agent, request } from 'node:http';

/** What a load process needs to reach a server. */
export type Target = { readonly url: string; readonly token: string };

export type Answer = { readonly status: number; readonly body: string };

/** As much of a lease as the bench reads. */
export type LeaseView = {
  readonly id: string;
  readonly status: string;
  readonly position: number | null;
  readonly expiresAt: string | null;
  readonly labels: Readonly<Record<string, string>>;
};
type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

/** Items of one page of a list: the most that the API gives. */
const PAGE_LIMIT = 1_000;
/**
 * The API of one server over connections that stay open.
 *
 * A request that waits has a connection of its own, so nothing stands behind it.
 */
export class ApiClient {
  readonly target: Target;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 256 });

  constructor(target: Target) {
    this.target = target;
  }

  /** One request; the answer's status is the caller's to judge. Errors: when the connection fails. */
  send(method: string, path: string, body?: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        authorization: `Bearer ${this.target.token}`,
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      };
      const sent = request(this.target.url + path, { method, agent: this.#agent, headers }, (response) => {
        let received = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (received += chunk));
        response.once('error', reject);
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: received }));
      });
      sent.once('error', reject);
      sent.end(text);
    });
  }

  /** One request that has to succeed. Errors: any status from 300 on. */
  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.send(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.body.slice(0, 500)}`);
    return (answer.body === '' ? undefined : JSON.parse(answer.body)) as T;
  }

  async isReady(): Promise<boolean> {
    try {
      return (await this.send('GET', '/readyz')).status === 200;
    } catch {
      return false;
    }
  }

  /** A token that may lease, as a program would use it. */
  async createHolderToken(name: string): Promise<Target> {
    const { secret } = await this.call<{ secret: string }>('POST', '/v1/tokens', { name, role: 'holder' });
    return { url: this.target.url, token: secret };
  }

  /** Every lease of a status in a pool. */
  async listLeases(pool: string, status: string): Promise<LeaseView[]> {
    const found: LeaseView[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const at: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page<LeaseView> = await this.call(
        'GET',
        `/v1/leases?pool=${pool}&status=${status}&limit=${PAGE_LIMIT}${at}`,
      );
      found.push(...page.items);
      cursor = page.next;
    }
    return found;
  }

  /** Values of the metrics by name; those of one name with different labels are added up. */
  async readMetrics(): Promise<ReadonlyMap<string, number>> {
    const { body } = await this.send('GET', '/metrics');
    const sums = new Map<string, number>();
    for (const [, name, value] of body.matchAll(/^([a-z_]\w*)(?:\{[^\n]*\})? (\S+)/gim)) {
      if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + Number(value));
    }
    return sums;
  }

  /** Drops every connection, also those that wait for an answer. */
  close(): void {
    this.#agent.destroy();
  }
}
