import { request as sendRequest } from 'node:http';
import type { Agent, IncomingMessage, OutgoingHttpHeaders, RequestListener } from 'node:http';
import { silentLogger } from '../../logger.ts';
import type { Logger } from '../../logger.ts';
import type { Halt, ReplicaCard } from '../../store/shared-contract.ts';
import { systemClock, systemTimers } from '../../system-clock.ts';
import { ClusterListener } from '../cluster-listener.ts';
import type { ClusterView, ReplicaRole } from '../contract.ts';
import { countRequests } from '../count-requests.ts';
import type { CountedRequests } from '../count-requests.ts';
import { Forwarder } from '../forwarder.ts';
import type { ForwarderInput } from '../forwarder.ts';
import { Front, MAIN_LISTENER } from '../front.ts';

const SECRET = 'a secret of many letters';
const elapsed = systemClock;

/** What a replica knows of its cluster, as a test says it. */
export class FakeView implements ClusterView {
  readonly self: ReplicaCard;
  known: { card: ReplicaCard; term: number } | undefined;
  now: ReplicaRole = 'following';
  halted: Halt | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(name: string) {
    this.self = { id: `id-${name}`, name, address: '127.0.0.1:1', version: '1.2.3' };
  }

  role = (): ReplicaRole => this.now;
  halt = (): Halt | null => this.halted;
  keeper = (): ReturnType<ClusterView['keeper']> =>
    this.known && { ...this.known, isSelf: this.known.card.id === this.self.id };
  stepDown = (): Promise<void> => Promise.resolve();

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  see(role: ReplicaRole, keeper: { card: ReplicaCard; term: number } | undefined): void {
    this.now = role;
    this.known = keeper;
    for (const listener of this.#listeners) listener();
  }
}

export type FakeReplicaInput = {
  readonly app: RequestListener;
  /** Answers its other listeners. */
  readonly others?: Readonly<Record<string, RequestListener>>;
  readonly secret?: string | null;
  readonly limits?: ForwarderInput['limits'];
  readonly logger?: Logger;
  readonly lingerMs?: number;
};

/** One replica with real sockets: what it knows is said by the test. */
export class FakeReplica implements AsyncDisposable {
  readonly view: FakeView;
  readonly forwarder: Forwarder;
  readonly front: Front;
  readonly listener: ClusterListener;
  readonly app: CountedRequests;
  readonly outcomes: string[] = [];
  url = '';
  readonly #spare: Forwarder[] = [];

  constructor(name: string, input: FakeReplicaInput) {
    const { logger = silentLogger, limits, others = {}, secret = SECRET, lingerMs = 0 } = input;
    const parts = { timers: systemTimers, elapsed, logger };
    this.view = new FakeView(name);
    this.app = countRequests(input.app);
    this.forwarder = new Forwarder({
      ...parts,
      view: this.view,
      secret,
      probe: { forwarded: (outcome) => this.outcomes.push(outcome), held: () => {} },
      ...(limits === undefined ? {} : { limits }),
    });
    this.listener = new ClusterListener({
      ...parts,
      view: this.view,
      secret: secret ?? SECRET,
      local: (listener) => (listener === MAIN_LISTENER ? this.app.listener : others[listener]),
    });
    this.front = new Front({
      ...parts,
      name: MAIN_LISTENER,
      view: this.view,
      local: () => this.app.listener,
      forwarder: this.forwarder,
      lingerMs,
    });
  }

  /** Another listener of the replica, with a forwarder of its own. */
  frontOf(name: string, limits: ForwarderInput['limits'] = {}): Front {
    const parts = { timers: systemTimers, elapsed, logger: silentLogger, view: this.view };
    const forwarder = new Forwarder({ ...parts, secret: SECRET, limits });
    this.#spare.push(forwarder);
    return new Front({ ...parts, name, local: () => undefined, forwarder, lingerMs: 0 });
  }

  static async start(name: string, input: FakeReplicaInput): Promise<FakeReplica> {
    const replica = new FakeReplica(name, input);
    const port = await replica.listener.listen({ host: '127.0.0.1', port: 0 });
    (replica.view.self as { address: string }).address = `127.0.0.1:${port}`;
    replica.url = await replica.front.listen({ host: '127.0.0.1', port: 0 });
    return replica;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.front[Symbol.asyncDispose]();
    await this.listener[Symbol.asyncDispose]();
    for (const forwarder of [this.forwarder, ...this.#spare]) forwarder[Symbol.dispose]();
  }
}

/** Several replicas that agree on what the test says. */
export class FakeCluster implements AsyncDisposable {
  readonly replicas: readonly FakeReplica[];
  #term = 0;

  constructor(replicas: readonly FakeReplica[]) {
    this.replicas = replicas;
  }

  static async start(inputs: readonly FakeReplicaInput[]): Promise<FakeCluster> {
    return new FakeCluster(
      await Promise.all(inputs.map((input, at) => FakeReplica.start(`r${at + 1}`, input))),
    );
  }

  /** That one keeps from now on, and all know it. */
  keep(keeper: FakeReplica): void {
    this.#term += 1;
    const known = { card: keeper.view.self, term: this.#term };
    for (const replica of this.replicas)
      replica.view.see(replica === keeper ? 'keeping' : 'following', known);
  }

  /** Nobody keeps, and all know it. */
  nobody(): void {
    for (const replica of this.replicas) replica.view.see('following', undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica[Symbol.asyncDispose]()));
  }
}

export type Seen = {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read members of any answer
  readonly body: any;
};
export type Ask = {
  readonly method?: string;
  readonly body?: string | Buffer;
  readonly headers?: OutgoingHttpHeaders;
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
};

/** Asks over a real socket. Errors: those of the connection. */
export function ask(
  url: string,
  { method = 'GET', body, headers = {}, agent, signal }: Ask = {},
): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const options = { method, headers, agent: agent ?? false, ...(signal === undefined ? {} : { signal }) };
    const sent = sendRequest(url, options as object, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers: seen, rawHeaders } = response;
        const isJson = /json/.test(seen['content-type'] ?? '') && text !== '';
        resolve({ status, headers: seen, rawHeaders, text, body: isJson ? JSON.parse(text) : undefined });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
