import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEvent } from '../kill/history-event.ts';

const AGAIN_MS = 50;
/** A replica that was halted keeps its connections and says nothing: one that is silent for so long is left for another. */
const SILENT_MS_MAX = 20_000;

/**
 * Listens to the event stream of whichever replica it finds, and where that ends goes on at another one with the number of the last
 * event that it was told. What it was shown is the history, without a gap and without an event twice.
 */
export class StreamWatcher {
  readonly events: HistoryEvent[] = [];
  /** How often a stream was begun. */
  streams = 0;
  readonly #url: () => string;
  readonly #token: string;

  constructor(url: () => string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#listen(stop).catch(() => {});
      if (!stop.aborted) await sleep(AGAIN_MS);
    }
  }

  async #listen(stop: AbortSignal): Promise<void> {
    const silence = new AbortController();
    const late = setTimeout(() => silence.abort(), SILENT_MS_MAX);
    try {
      const response = await fetch(`${this.#url()}/v1/events`, {
        headers: {
          accept: 'text/event-stream',
          authorization: `Bearer ${this.#token}`,
          'last-event-id': String(this.events.at(-1)?.seq ?? 0),
        },
        signal: AbortSignal.any([stop, silence.signal]),
      });
      if (response.status !== 200 || response.body === null) return;
      this.streams += 1;
      let text = '';
      for await (const bytes of response.body.pipeThrough(new TextDecoderStream())) {
        late.refresh();
        const messages = (text + bytes).split('\n\n');
        text = messages.pop() ?? '';
        for (const message of messages) this.#take(message);
      }
    } finally {
      clearTimeout(late);
    }
  }

  #take(message: string): void {
    const lines = message.split('\n');
    const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice('data:'.length));
    if (data.length > 0) this.events.push(JSON.parse(data.join('\n')) as HistoryEvent);
  }
}
