import type { IncomingMessage, ServerResponse } from 'node:http';
import { endToEnd } from './cluster-headers.ts';
import type { Exchange, Sent } from './exchange.ts';
import type { Leaving } from './leaving.ts';

const STREAM_TYPE = 'text/event-stream';

/**
 * Passes an answer on to the client as it comes, as fast as the client takes it. Never rejects.
 *
 * `leaving` ends event streams behind a whole message.
 */
export function relayAnswer(exchange: Exchange, answer: IncomingMessage, leaving: Leaving): Promise<Sent> {
  const isStream =
    answer.statusCode === 200 && answer.headers['content-type']?.startsWith(STREAM_TYPE) === true;
  if (exchange.isStreaming && !isStream) {
    // Refused where it would have gone on: the client comes again, and is told why.
    answer.resume();
    exchange.response.end();
    return Promise.resolve('done');
  }
  if (!exchange.isStreaming) writeHead(exchange.response, answer);
  if (!isStream || exchange.request.method !== 'GET') return relayBody(exchange.response, answer);
  exchange.isStreaming = true;
  return relayEvents(exchange, answer, leaving);
}

function writeHead(response: ServerResponse, answer: IncomingMessage): void {
  response.sendDate = answer.headers.date === undefined;
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer));
  response.flushHeaders();
}

function relayBody(response: ServerResponse, answer: IncomingMessage): Promise<Sent> {
  return new Promise((resolve) => {
    answer.pipe(response);
    answer.once('close', () => {
      // Cut off in the middle: a clean end would say that this was all.
      if (!answer.complete) response.destroy();
    });
    response.once('close', () => resolve(response.writableFinished ? 'done' : 'gone'));
  });
}

function relayEvents(
  { response, events }: Exchange,
  answer: IncomingMessage,
  leaving: Leaving,
): Promise<Sent> {
  events.restart();
  return new Promise((resolve) => {
    const onDrain = (): void => void answer.resume();
    let isEnded = false;
    const end = (sent: Sent): void => {
      if (isEnded) return;
      isEnded = true;
      stay();
      response.removeListener('drain', onDrain);
      if (sent === 'done') response.end();
      resolve(sent);
    };
    response.on('drain', onDrain);
    answer.on('data', (chunk: Buffer) => {
      if (isEnded) return;
      const whole = events.take(chunk);
      if (whole.length > 0 && !response.write(whole)) answer.pause();
    });
    answer.on('error', () => {});
    answer.once('close', () => {
      if (answer.complete || response.destroyed) return end('done');
      // Somebody would read the rest of another message as the end of this one.
      if (!events.isWhole) {
        response.destroy();
        return end('gone');
      }
      end('ended');
    });
    const stay = leaving.whenBegun(() => end('done'));
    if (leaving.isLeaving) end('done');
  });
}
