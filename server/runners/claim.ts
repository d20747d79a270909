import type { JobTicket, StepTicket } from '@poolkeeper/core';
import { maskText, needlesOf } from '../jobs/secret-mask.ts';
import { StepOutput } from '../jobs/step-output.ts';
import type { StepLog, StepLogs } from '../jobs/step-contract.ts';
import type { OutputChunk } from './contract.ts';

export type StepJobTicket = JobTicket & { readonly step: StepTicket };

/**
 * A job in the hands of a runner: when it was heard last, and its output on the way to the log. Output is masked here too:
 * that a runner masks is its word alone.
 */
export class Claim {
  readonly ticket: StepJobTicket;
  readonly runner: string;
  readonly fence: number;
  /** Milliseconds UTC. */
  readonly since: number;
  heardAt: number;
  #needles: readonly Buffer[] = [];
  #sink: { readonly log: StepLog; readonly output: StepOutput } | null = null;
  #lastSeq = 0;

  constructor(ticket: StepJobTicket, { runner, fence }: { runner: string; fence: number }, now: number) {
    this.ticket = ticket;
    this.runner = runner;
    this.fence = fence;
    this.since = now;
    this.heardAt = now;
  }

  /** Begins to take output; what holds one of these values is masked. */
  open(logs: StepLogs, secretValues: readonly string[]): void {
    const { step, job } = this.ticket;
    this.#needles = needlesOf(secretValues);
    const attempt = { run: step.run, index: step.index, name: step.name, attempt: job.attempts + 1 };
    const log = logs.open(attempt);
    this.#sink = { log, output: new StepOutput(log, this.#needles) };
  }

  get isOpen(): boolean {
    return this.#sink !== null;
  }

  get needles(): readonly Buffer[] {
    return this.#needles;
  }

  /** Writes a piece once, however often it is sent. */
  write({ seq, stream, bytes }: OutputChunk): void {
    if (this.#sink === null || seq <= this.#lastSeq) return;
    this.#lastSeq = seq;
    if (stream !== 'note') return this.#sink.output.take(stream, bytes);
    const text = maskText(this.#needles, Buffer.from(bytes).toString('utf8'));
    this.#sink.log.write('note', Buffer.from(text));
  }

  /** Nothing comes any more. Resolves when what came is written down. Twice is harmless. */
  async close(note?: string): Promise<void> {
    const sink = this.#sink;
    if (sink === null) return;
    this.#sink = null;
    sink.output.end();
    if (note !== undefined) sink.log.write('note', Buffer.from(`${note}\n`));
    await sink.log.close();
  }
}
