import { connect } from 'node:net';
import type { Json } from '@poolkeeper/core';

/** How a request goes over the wire, to the byte. */
export type RawRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** In chunks of a few bytes and without a length, as the Go client sends it. */
  readonly isChunked?: boolean;
};
export type RawResponse = {
  readonly status: number;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

/** Bytes of one chunk: small, so that a body is in several. */
const CHUNK_BYTES = 7;

/** Sends one request on a connection of its own, which it asks to be closed, and reads all that comes back. */
export function sendRaw(port: number, request: RawRequest): Promise<RawResponse> {
  return sendBytes(port, bytesOf(request));
}

/** The same with bytes that need not be a request. */
export function sendBytes(port: number, bytes: Buffer): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      try {
        resolve(responseOf(Buffer.concat(chunks)));
      } catch (error) {
        reject(error as Error);
      }
    });
  });
}

function bytesOf({ method, path, headers = {}, body, isChunked = false }: RawRequest): Buffer {
  const content = Buffer.from(body ?? '');
  const framing: Record<string, string> = isChunked
    ? { 'Transfer-Encoding': 'chunked' }
    : body === undefined
      ? {}
      : { 'Content-Length': String(content.length) };
  const all = { Host: 'cloud.example:8443', Connection: 'close', ...framing, ...headers };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const start = Buffer.from(`${[`${method} ${path} HTTP/1.1`, ...head].join('\r\n')}\r\n\r\n`);
  return Buffer.concat([start, isChunked ? inChunks(content) : content]);
}

function inChunks(content: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += CHUNK_BYTES) {
    const chunk = content.subarray(at, at + CHUNK_BYTES);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

function responseOf(bytes: Buffer): RawResponse {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) throw new Error(`no response came: ${JSON.stringify(bytes.toString('latin1'))}`);
  const [start = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return {
    status: Number(start.split(' ')[1]),
    headers,
    text: bytes.subarray(end + 4).toString('utf8'),
  };
}

/** The body of a response, where it has one. */
export function jsonOf({ text }: RawResponse): Json | undefined {
  return text === '' ? undefined : (JSON.parse(text) as Json);
}
