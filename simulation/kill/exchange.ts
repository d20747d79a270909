import type { Api, Request } from './api.ts';
import type { Exchange, Journal, LeaseAnswer, Operation } from './journal.ts';

/** A request about a lease; `lease` is null until its id is known. */
export type Asked = {
  readonly operation: Operation;
  readonly request: Request;
  readonly lease: string | null;
};

type Asker = { readonly api: Pick<Api, 'send'>; readonly journal: Journal; readonly client: string };

/** Sends a request once, and writes down what came of it. Never rejects. */
export async function exchange(
  { api, journal, client }: Asker,
  { operation, request, lease }: Asked,
): Promise<Exchange> {
  const { round } = journal;
  const sent = journal.next();
  const sentAt = Date.now();
  const came = await api.send(request);
  const isAnswered = came.outcome === 'answered';
  const answer = isAnswered && came.status < 300 ? (came.body as LeaseAnswer) : null;
  const made: Exchange = {
    sent,
    received: journal.next(),
    sentAt,
    receivedAt: Date.now(),
    round,
    client,
    server: came.server,
    operation,
    key: request.key ?? null,
    lease: answer?.id ?? lease,
    outcome: came.outcome,
    status: isAnswered ? came.status : null,
    answer,
    why: isAnswered ? ((came.body as { code?: string } | null)?.code ?? '') : came.why,
  };
  journal.add(made);
  return made;
}
