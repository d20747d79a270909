import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** `up` is what the one who connects sends, `down` what it is answered. */
export type Direction = 'up' | 'down';

type Target = { readonly host: string; readonly port: number };
type Way = { delayMs: number; isHeld: boolean };

/** Bytes of one direction of one connection that wait in here before its sender has to wait too. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

/**
 * A cable between two programs of a run: everything goes through, until it is cut, made slow, or swallows what it is given.
 *
 * What is held is not lost: TCP repeats what a network drops, so it arrives late, all at once, when the cable heals. A commit that
 * nobody expects any more arrives like that.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #target: Target;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #ways: Record<Direction, Way> = {
    up: { delayMs: 0, isHeld: false },
    down: { delayMs: 0, isHeld: false },
  };
  #isCut = false;

  private constructor(target: Target) {
    this.#target = target;
    // A cable in a network that lost its other end refuses nothing: connections are made, and nothing comes of them.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#take(near));
  }

  /** Listens on a port of this machine. Errors: those of `listen`. */
  static async open(target: Target, port = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(port, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resets every connection, and each that is tried until it heals. */
  cut(): void {
    this.#isCut = true;
    for (const link of this.#links) link.reset();
  }

  /** Has every byte arrive so much later, in milliseconds. */
  delay(delayMs: number, ...directions: readonly Direction[]): void {
    for (const direction of directions) this.#ways[direction].delayMs = delayMs;
  }

  /** Lets nothing through and tells nobody, as a network that drops packets does. */
  blackHole(...directions: readonly Direction[]): void {
    for (const direction of directions) this.#ways[direction].isHeld = true;
  }

  /** As at first; what was held arrives. */
  heal(): void {
    this.#isCut = false;
    for (const way of Object.values(this.#ways)) Object.assign(way, { delayMs: 0, isHeld: false });
    for (const link of this.#links) link.wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  #take(near: Socket): void {
    if (this.#isCut) {
      near.resetAndDestroy();
      return;
    }
    const link = new Link(near, this.#target, this.#ways);
    this.#links.add(link);
    void link.ended.then(() => this.#links.delete(link));
  }
}

/** One connection through the cable. */
class Link {
  readonly ended: Promise<void>;
  readonly #sockets: readonly [near: Socket, far: Socket];
  #wake = Promise.withResolvers<void>();

  constructor(near: Socket, target: Target, ways: Record<Direction, Way>) {
    const far = connect({ ...target, allowHalfOpen: true, noDelay: true });
    this.#sockets = [near, far];
    const flows = [this.#flow(near, far, ways.up), this.#flow(far, near, ways.down)];
    this.ended = Promise.all(flows).then(() => this.reset());
  }

  /** Ends it without a farewell. */
  reset(): void {
    for (const socket of this.#sockets) if (!socket.destroyed) socket.resetAndDestroy();
    this.wake();
  }

  /** Looks again whether what is held may go. */
  wake(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** Hands on what one side sends, its end included, in order. Never rejects. */
  async #flow(from: Socket, to: Socket, way: Way): Promise<void> {
    const queue: { readonly bytes: Buffer | null; readonly dueAt: number }[] = [];
    let waiting = 0;
    let news = Promise.withResolvers<void>();
    const put = (bytes: Buffer | null): void => {
      queue.push({ bytes, dueAt: Date.now() + way.delayMs });
      waiting += bytes?.length ?? 0;
      if (waiting > WAITING_BYTES_MAX) from.pause();
      news.resolve();
    };
    from.on('data', put).once('end', () => put(null));
    // Where one side breaks the connection, the other one is not left to wonder: it is one machine's network stack that tells.
    from.on('error', () => this.reset());
    from.once('close', () => {
      news.resolve();
      if (from.errored !== null || !from.readableEnded) this.reset();
    });
    while (!to.destroyed) {
      const next = queue.shift();
      if (next === undefined) {
        if (from.destroyed) return;
        news = Promise.withResolvers();
        await news.promise;
        continue;
      }
      await sleep(Math.max(0, next.dueAt - Date.now()));
      while (way.isHeld && !to.destroyed) await this.#wake.promise;
      if (to.destroyed) return;
      if (next.bytes === null) {
        to.end();
        return;
      }
      to.write(next.bytes);
      waiting -= next.bytes.length;
      if (waiting <= WAITING_BYTES_MAX) from.resume();
    }
  }
}
