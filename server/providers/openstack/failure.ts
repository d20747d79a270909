import type { Json } from '@poolkeeper/core';
import { ProviderExhausted, ProviderRefused, ProviderTransient } from '../contract.ts';
import { nameOf } from './exchange.ts';
import type { Answer, Exchange } from './exchange.ts';
import { isObject } from './settings.ts';

const MESSAGE_LENGTH_MAX = 300;
/** A text that is shorter is not looked for among what is said: it would be found everywhere. */
const SECRET_LENGTH_MIN = 4;

/** What services say when a quota or the cloud itself is used up. */
const USED_UP = /quota|no more ip|no valid host|insufficient|exceeds? .*(limit|capacity)/i;
/** Conflicts that stay as they are until somebody corrects the template. */
const AMBIGUOUS = /multiple possible networks|more than one|multiple .* found/i;

/**
 * The failure that an answer means: what may pass is told from what a person has to mend.
 *
 * `secrets` are hidden in what the service says.
 */
export function failureOf(
  call: Pick<Exchange, 'method' | 'url'> & { readonly creates?: true },
  answer: Answer,
  secrets: readonly string[],
): ProviderExhausted | ProviderRefused | ProviderTransient {
  const { status } = answer;
  const message = mask(messageOf(answer.body), secrets).slice(0, MESSAGE_LENGTH_MAX);
  const said = `The cloud answered ${status} to ${nameOf(call)}${message === '' ? '' : `: ${message}`}`;
  const ended = /[.!?]$/.test(said) ? said : `${said}.`;
  if ((status === 403 || status === 409 || status === 413) && USED_UP.test(message)) {
    return new ProviderExhausted(`${ended} Filling goes on when there is room; ask for a larger quota.`);
  }
  switch (status) {
    case 400:
      return new ProviderRefused(`${ended} Correct the pool's template.`);
    case 401:
      return new ProviderRefused(
        `${ended} A token that was just made is not taken: see that the services of this cloud belong to its Keystone.`,
      );
    case 403:
      return new ProviderRefused(
        `${ended} Give the user of settings.auth a role in its project that may do this.`,
      );
    case 404:
      return new ProviderRefused(
        `${ended} There is no such thing in this project: correct the pool's template, or settings.region.`,
      );
    case 406:
      return new ProviderRefused(`${ended} This cloud is older than the API that is spoken to it.`);
    case 409:
      if (AMBIGUOUS.test(message))
        return new ProviderRefused(`${ended} Name networks in the pool's template.`);
      return call.creates === true
        ? new ProviderExhausted(`${ended} It is tried again later.`)
        : new ProviderTransient(`${ended} It is tried again.`);
    default:
      return new ProviderTransient(`${ended} See that the service is well.`);
  }
}

/** Nova wraps what it says in the name of the fault, Neutron in `NeutronError`, Keystone and Glance in `error` or in nothing. */
function messageOf(body: Json): string {
  if (!isObject(body)) return '';
  const { message } = body;
  if (typeof message === 'string') return message;
  for (const wrapped of Object.values(body)) {
    if (isObject(wrapped) && typeof wrapped['message'] === 'string') return wrapped['message'];
  }
  return '';
}

function mask(text: string, secrets: readonly string[]): string {
  let masked = text;
  for (const secret of secrets) {
    if (secret.length >= SECRET_LENGTH_MIN) masked = masked.replaceAll(secret, '***');
  }
  return masked;
}
