import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { CancelTimer, Timers } from '../timers.ts';

/** How often the connections of a stopping server are looked at, in milliseconds. */
export const DRAIN_SWEEP_MS = 50;
/** How long requests that are under way when a server stops may take, in milliseconds; their connections are cut then. */
export const DRAIN_MS_MAX = 5_000;

/**
 * Lets a server that stops come to its end: a server is closed when its last connection is, and by itself it would wait
 * more than a minute for clients that keep one open.
 *
 * Node closes idle connections once, when the server begins to close. A connection that is answered after that becomes idle
 * and stays, and one on which nothing was sent yet does not even count as idle.
 */
export class ConnectionDrain {
  readonly #server: Server;
  readonly #timers: Timers;
  readonly #open = new Set<Socket>();
  #sweeps = 0;
  #isClosed = false;
  #cancel: CancelTimer = () => {};

  constructor(server: Server, timers: Timers) {
    this.#server = server;
    this.#timers = timers;
    server.on('connection', (socket: Socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
    });
  }

  /**
   * Begins when the server is about to close, and ends when it is closed. Resolves when it may: what clients had sent by now was read, so
   * that it is answered. Bytes that nobody read when their connection closes reset it.
   */
  async begin(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.once('close', () => {
      this.#isClosed = true;
      this.#cancel();
    });
    this.#waitForSweep();
    await untilRead();
  }

  #waitForSweep(): void {
    this.#cancel = this.#timers.set(DRAIN_SWEEP_MS, () => void untilRead().then(() => this.#sweep()));
  }

  #sweep(): void {
    if (this.#isClosed) return;
    this.#sweeps += 1;
    if (this.#sweeps * DRAIN_SWEEP_MS >= DRAIN_MS_MAX) return this.#server.closeAllConnections();
    this.#server.closeIdleConnections();
    for (const socket of this.#open) if (socket.bytesRead === 0) socket.destroy();
    this.#waitForSweep();
  }
}

/** What a connection that was just accepted sends is read one turn after it. */
const READING_TURNS = 2;

/**
 * Lets the event loop read all that is there. A timer fires before that, and on a busy machine long after it was due: by then much may
 * have come.
 */
async function untilRead(): Promise<void> {
  for (let turn = 0; turn < READING_TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
