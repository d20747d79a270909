import type { Timers } from '../timers.ts';
import { failed } from './contract.ts';
import type { Sender } from './contract.ts';
import { attemptMail } from './mail-attempt.ts';
import { mailOf } from './mail-text.ts';

/** Events that one mail tells of. */
const MAIL_EVENTS_MAX = 50;
/** How long an event waits for others to go in the same mail, in milliseconds. */
const GATHER_MS = 5_000;
/** How long the mail server may take: to be reached, to greet, between two of its answers, and for all of it. Milliseconds. */
const CONNECT_MS_MAX = 10_000;
const SILENCE_MS_MAX = 15_000;
const MAIL_MS_MAX = 60_000;

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
      const server = {
        url: smtp.url,
        connectionTimeout: CONNECT_MS_MAX,
        greetingTimeout: CONNECT_MS_MAX,
        socketTimeout: SILENCE_MS_MAX,
      };
      const mail = {
        from: smtp.from,
        to: [...webhook.to],
        messageId: `<${message.id}@poolkeeper>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        ...mailOf(webhook.name, message),
      };
      const attempt = { server, mail, limitMs: MAIL_MS_MAX, advice: 'See --smtp-url.' };
      const { result, refusedCount } = await attemptMail(timers, attempt, signal);
      if (refusedCount > 0) onPartly(webhook.name, refusedCount);
      return result;
    },
  };
}
