import { connect } from 'node:net';
import type { Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const STATUS_FROM = 'HTTP/1.1 '.length;
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
/** Answers to these have no body and no length. */
const NO_CONTENT = 204;

export type OnAnswer = (status: number, body: string) => void;

/**
 * One connection of a load: sends a request that is text already, and hands over the answer when all of it has come.
 *
 * It understands just what our server sends (answers with a length, one at a time), since whatever the client spends is
 * taken from the server on a small machine, and a client that is busier than an empty route would hide what the route can do.
 */
export class Connection {
  readonly #socket: Socket;
  #onAnswer: OnAnswer | undefined;
  #received = '';
  #isClosed = false;

  /** `onFailure` is called when the connection breaks, or an answer is none that is understood. */
  constructor(url: URL, onFailure: (error: Error) => void) {
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (chunk) => {
      try {
        this.#take(chunk as unknown as string);
      } catch (error) {
        onFailure(error as Error);
      }
    });
    this.#socket.once('error', onFailure);
    this.#socket.once('close', () => {
      if (!this.#isClosed) onFailure(new Error('the server closed a connection'));
    });
  }

  /** Sends one request; the one before it must have been answered. `body` is ASCII. */
  send(request: string, onAnswer: OnAnswer): void {
    this.#onAnswer = onAnswer;
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #take(chunk: string): void {
    this.#received += chunk;
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.slice(0, headEnd);
    const status = Number(head.slice(STATUS_FROM, STATUS_FROM + 3));
    const length = status === NO_CONTENT ? 0 : Number(CONTENT_LENGTH.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) throw new Error(`an answer without a length: ${head}`);
    const bodyFrom = headEnd + HEAD_END.length;
    if (this.#received.length < bodyFrom + length) return;
    const body = this.#received.slice(bodyFrom, bodyFrom + length);
    this.#received = this.#received.slice(bodyFrom + length);
    const onAnswer = this.#onAnswer;
    if (onAnswer === undefined) throw new Error(`an answer that nobody asked for: ${head}`);
    this.#onAnswer = undefined;
    onAnswer(status, body);
  }
}

/** The text of a request, ready to be sent any number of times. */
export function requestText(input: {
  method: string;
  path: string;
  host: string;
  token: string;
  body?: string;
}): string {
  const { method, path, host, token, body } = input;
  const head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n`;
  if (body === undefined) return `${head}\r\n`;
  return `${head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
