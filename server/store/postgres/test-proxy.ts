import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/**
 * What becomes of the piece that is armed for. The client's connection is cut in each case.
 *
 * - `lost`: the database never sees it.
 * - `unanswered`: the database does it, and the client is not told.
 * - `late`: the database sees it when it is delivered.
 */
type Fate = 'lost' | 'unanswered' | 'late';
type Trap = {
  readonly marker: string;
  readonly fate: Fate;
  readonly spring: (deliver: () => Promise<void>) => void;
};

/** Stands between a store and its database, and cuts at exact places. */
export class TestProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #trap: Trap | undefined;
  #isRefusing = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#port = port;
  }

  static async start(port: number): Promise<TestProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new TestProxy(server, port);
    server.on('connection', (client: Socket) => proxy.#join(client));
    return proxy;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${(this.#server.address() as AddressInfo).port}/postgres`;
  }

  /** Waits for a piece with this text from a client; resolves when it came, with how a late one is delivered. */
  arm(marker: string, fate: Fate): Promise<() => Promise<void>> {
    return new Promise((resolve) => {
      this.#trap = { marker, fate, spring: resolve };
    });
  }

  /** Lets nobody in until `accept`. */
  refuse(): void {
    this.#isRefusing = true;
  }

  accept(): void {
    this.#isRefusing = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    this.#add(client);
    if (this.#isRefusing) return void client.destroy();
    const database = this.#add(connect(this.#port, '127.0.0.1'));
    const onAnswer = (piece: Buffer): void => void client.write(piece);
    const onPiece = (piece: Buffer): void => {
      const trap = this.#trap;
      if (trap === undefined || !piece.includes(trap.marker)) return void database.write(piece);
      this.#trap = undefined;
      client.off('data', onPiece);
      database.off('data', onAnswer);
      client.removeAllListeners('close');
      spring(trap, { client, database, piece });
    };
    client.on('data', onPiece).on('close', () => database.destroy());
    database.on('data', onAnswer).on('close', () => client.destroy());
  }

  #add(socket: Socket): Socket {
    this.#sockets.add(socket);
    return socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
  }
}

function spring(trap: Trap, input: { client: Socket; database: Socket; piece: Buffer }): void {
  const { client, database, piece } = input;
  const deliver = async (): Promise<void> => {
    database.end(piece);
    // It says all that it has to say, and closes.
    database.resume();
    await once(database, 'close');
  };
  if (trap.fate === 'unanswered') {
    database.write(piece);
    database.once('data', () => {
      client.destroy();
      database.end();
      trap.spring(deliver);
    });
    return;
  }
  client.destroy();
  if (trap.fate === 'lost') database.destroy();
  trap.spring(deliver);
}
