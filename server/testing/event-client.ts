import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';

export type Message = { readonly id: string; readonly event: string; readonly data: Record<string, unknown> };

/** A client of an event stream, over a real socket. */
export class EventClient implements Disposable {
  readonly messages: Message[] = [];
  comments = 0;
  isEnded = false;
  readonly response: IncomingMessage;
  #rest = '';

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.#read(chunk));
    response.on('close', () => (this.isEnded = true));
    response.on('error', () => {});
  }

  /** Resolves when the head of the answer has come. */
  static open(url: string, headers: Record<string, string>): Promise<EventClient> {
    return new Promise((resolve, reject) => {
      const sent = request(url, { headers: { accept: 'text/event-stream', ...headers } }, (response) =>
        resolve(new EventClient(response)),
      );
      sent.on('error', reject);
      sent.end();
    });
  }

  [Symbol.dispose](): void {
    this.response.destroy();
  }

  #read(chunk: string): void {
    const blocks = (this.#rest + chunk).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      if (block.startsWith(':')) this.comments += 1;
      const fields = Object.fromEntries(
        block
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      const { id, event, data } = fields;
      if (id === undefined || event === undefined || data === undefined) continue;
      this.messages.push({ id, event, data: JSON.parse(data) as Record<string, unknown> });
    }
  }
}
