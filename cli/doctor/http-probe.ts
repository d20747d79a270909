import type { CliContext } from '../context.ts';

/** How long one question of the doctor may take, in milliseconds. */
export const PROBE_MS_MAX = 5_000;

/** One answer of a server, whatever it says. `sentAt` and `heardAt` are milliseconds UTC by this machine's clock. */
export type Answer = {
  readonly status: number;
  readonly date: string | null;
  readonly text: string;
  readonly sentAt: number;
  readonly heardAt: number;
};

/** Asks once, without trying again: what a doctor sees is how it is. Errors: those of `fetch`. */
export async function probe(
  context: Pick<CliContext, 'fetch' | 'now'>,
  url: string,
  token: string | null = null,
): Promise<Answer> {
  const sentAt = context.now();
  const response = await context.fetch(url, {
    redirect: 'manual',
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(PROBE_MS_MAX),
  });
  const text = await response.text();
  return {
    status: response.status,
    date: response.headers.get('date'),
    text,
    sentAt,
    heardAt: context.now(),
  };
}

/** The members of a JSON answer; none of what is no object. */
export function membersOf({ text }: Answer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
