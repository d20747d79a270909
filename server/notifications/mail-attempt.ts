import type { SendMailOptions } from 'nodemailer';
import type { Timers } from '../timers.ts';
import { failed } from './contract.ts';
import type { SendResult } from './contract.ts';

const SAID_LENGTH_MAX = 200;

/** How a mail server is reached and how long it may take, in milliseconds: to be reached, to greet, between two of its answers. */
export type MailServer = (
  | { readonly url: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly secure: boolean;
      readonly auth?: { readonly user: string; readonly pass: string };
      /** Whom it trusts. */
      readonly tls?: { readonly ca?: string[] };
    }
) & {
  readonly connectionTimeout: number;
  readonly greetingTimeout: number;
  readonly socketTimeout: number;
};

export type MailAttempt = {
  readonly server: MailServer;
  readonly mail: SendMailOptions;
  /** How long all of it may take, in milliseconds. */
  readonly limitMs: number;
  /** What to look at where the server cannot be reached. */
  readonly advice: string;
};

/** `refusedCount`: addresses that were refused of a mail that was sent all the same. */
export type MailResult = { readonly result: SendResult; readonly refusedCount: number };

/** One attempt at one mail. It ends in the time it has and soon after the signal, and never throws for what the server does. */
export async function attemptMail(
  timers: Timers,
  { server, mail, limitMs, advice }: MailAttempt,
  signal: AbortSignal,
): Promise<MailResult> {
  // Loaded with the first mail: most servers send none.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({ ...server, disableFileAccess: true, disableUrlAccess: true });
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(new Error(`it took longer than ${limitMs / 1_000} s`));
  const cancel = timers.set(limitMs, end);
  signal.addEventListener('abort', end, { once: true });
  const sent = transport.sendMail(mail);
  // The one that comes second is nobody's business any more.
  sent.catch(() => {});
  try {
    // Where one address is refused and another is not it has been sent: again it would reach the others twice.
    const { rejected } = await Promise.race([sent, ended]);
    return { result: { isDelivered: true }, refusedCount: rejected.length };
  } catch (error) {
    return { result: failed(describe(error, advice)), refusedCount: 0 };
  } finally {
    cancel();
    signal.removeEventListener('abort', end);
    transport.close();
  }
}

/** What the mail server said; what it was told, such as a password, is not in it. */
function describe(error: unknown, advice: string): string {
  const { code, response, message } = error as { code?: string; response?: string; message: string };
  if (response !== undefined) {
    const said = response.replaceAll(/\s+/g, ' ').slice(0, SAID_LENGTH_MAX);
    return `The mail server refused it: ${said}`;
  }
  if (code === 'ESOCKET' || code === 'ECONNECTION' || code === 'ETIMEDOUT' || code === 'EDNS') {
    return `The mail server cannot be reached: ${message.slice(0, SAID_LENGTH_MAX)}. ${advice}`;
  }
  return `The mail could not be sent: ${message.slice(0, SAID_LENGTH_MAX)}.`;
}
