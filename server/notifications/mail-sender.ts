import type { Timers } from '../timers.ts';
import { failed } from './contract.ts';
import type { Sender } from './contract.ts';
import { mailOf } from './mail-text.ts';

/** Events that one mail tells of. */
const MAIL_EVENTS_MAX = 50;
/** How long an event waits for others to go in the same mail, in milliseconds. */
const GATHER_MS = 5_000;
/** How long the mail server may take: to be reached, to greet, between two of its answers, and for all of it. Milliseconds. */
const CONNECT_MS_MAX = 10_000;
const SILENCE_MS_MAX = 15_000;
const MAIL_MS_MAX = 60_000;
const SAID_LENGTH_MAX = 200;

export type MailSenderParts = {
  /** Where mail is handed in, and in whose name. Null: this server sends none. */
  readonly smtp: { readonly url: string; readonly from: string } | null;
  readonly timers: Timers;
  /** Hears of a mail that was sent although so many addresses of its webhook were refused. */
  readonly onPartly: (webhook: string, count: number) => void;
};

/** Sends mail by SMTP; events that come together go in one. */
export function createMailSender({ smtp, timers, onPartly }: MailSenderParts): Sender {
  return {
    eventsMax: MAIL_EVENTS_MAX,
    gatherMs: GATHER_MS,
    send: async (webhook, message, signal) => {
      if (smtp === null)
        return failed('This server sends no mail. Start it with --smtp-url and --mail-from.');
      // Loaded with the first mail: most servers send none.
      const { createTransport } = await import('nodemailer');
      const transport = createTransport({
        url: smtp.url,
        connectionTimeout: CONNECT_MS_MAX,
        greetingTimeout: CONNECT_MS_MAX,
        socketTimeout: SILENCE_MS_MAX,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const { promise: ended, reject } = Promise.withResolvers<never>();
      const end = (): void => reject(new Error(`it took longer than ${MAIL_MS_MAX / 1_000} s`));
      const cancel = timers.set(MAIL_MS_MAX, end);
      signal.addEventListener('abort', end, { once: true });
      const sent = transport.sendMail({
        from: smtp.from,
        to: [...webhook.to],
        messageId: `<${message.id}@poolkeeper>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        ...mailOf(webhook.name, message),
      });
      // The one that comes second is nobody's business any more.
      sent.catch(() => {});
      try {
        // Where one address is refused and another is not it has been sent: again it would reach the others twice.
        const { rejected } = await Promise.race([sent, ended]);
        if (rejected.length > 0) onPartly(webhook.name, rejected.length);
        return { isDelivered: true };
      } catch (error) {
        return failed(describe(error));
      } finally {
        cancel();
        signal.removeEventListener('abort', end);
        transport.close();
      }
    },
  };
}

/** What the mail server said; what it was told, such as a password, is not in it. */
function describe(error: unknown): string {
  const { code, response, message } = error as { code?: string; response?: string; message: string };
  if (response !== undefined) {
    const said = response.replaceAll(/\s+/g, ' ').slice(0, SAID_LENGTH_MAX);
    return `The mail server refused it: ${said}`;
  }
  if (code === 'ESOCKET' || code === 'ECONNECTION' || code === 'ETIMEDOUT' || code === 'EDNS') {
    return `The mail server cannot be reached: ${message.slice(0, SAID_LENGTH_MAX)}. See --smtp-url.`;
  }
  return `The mail could not be sent: ${message.slice(0, SAID_LENGTH_MAX)}.`;
}
