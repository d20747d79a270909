import { failed } from './contract.ts';
import type { SendResult } from './contract.ts';

/** What a receiver's answer by HTTP says of a message; what it has to say beyond its head is not read. */
export type AnswerHead = { readonly status: number; readonly retryAfter: string | null };

/** Any status from 200 to 299 says that the message came; 410 that nothing is to be sent there again. */
export function resultOfAnswer({ status, retryAfter }: AnswerHead): SendResult {
  if (status >= 200 && status < 300) return { isDelivered: true };
  const said = `It answered ${status}`;
  if (status === 410) {
    const error = `${said}, which says that nothing is to be sent there again.`;
    return { isDelivered: false, error, retryAfterMs: null, isFinal: true };
  }
  if (status >= 300 && status < 400) {
    return failed(`${said}, a redirection, which is not followed. Name the address that it leads to.`);
  }
  const error = `${said}. Any status from 200 to 299 says that it has the message.`;
  return failed(error, retryAfterMsOf(retryAfter));
}

function retryAfterMsOf(retryAfter: string | null): number | null {
  const seconds = Number(retryAfter ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null;
}
