import type { Json } from '@poolkeeper/core';
import { ProviderRefused, ProviderTransient } from '../contract.ts';
import { nameOf } from './exchange.ts';
import type { Answer, Exchange } from './exchange.ts';
import { isObject, textAt } from './json.ts';

const MESSAGE_LENGTH_MAX = 300;
/** A text that is shorter is not looked for among what is said: it would be found everywhere. */
const SECRET_LENGTH_MIN = 4;
/** Statuses that may pass by themselves: what was asked for is in the way of something, or too much, or the service is not well. */
const HTTP_TIMEOUT = 408;
const HTTP_CONFLICT = 409;
const HTTP_LOCKED = 423;
const HTTP_TOO_MANY = 429;
const HTTP_FAILED = 500;

export function passesByItself(status: number): boolean {
  return [HTTP_TIMEOUT, HTTP_CONFLICT, HTTP_LOCKED, HTTP_TOO_MANY].includes(status) || status >= HTTP_FAILED;
}

/** What a service calls the reason of a failure, such as `BXNIM0415E`; undefined where it says none. */
export function codeOf(body: Json): string | undefined {
  return (
    textAt(body, 'errorCode') ??
    textAt(body, 'error_code') ??
    textAt(firstError(body), 'code') ??
    textAt(body, 'code')
  );
}

/**
 * The failure that an answer means: what may pass is told from what a person has to mend.
 *
 * `secrets` are hidden in what the service says.
 */
export function failureOf(
  call: Pick<Exchange, 'method' | 'url'>,
  { status, body }: Answer,
  secrets: readonly string[],
): ProviderRefused | ProviderTransient {
  const message = saidOf(body, secrets);
  const said = `IBM Cloud answered ${status} to ${nameOf(call)}${message === '' ? '' : `: ${message}`}`;
  const ended = /[.!?]$/.test(said) ? said : `${said}.`;
  if (passesByItself(status)) return new ProviderTransient(`${ended} It is tried again.`);
  switch (status) {
    case 401:
      return new ProviderRefused(
        `${ended} A token that was just made is not taken: see that the address is a service of the same cloud.`,
      );
    case 403:
      return new ProviderRefused(
        `${ended} Give what manages the account the rights that docs/ibm-account.md lists.`,
      );
    default:
      return status >= 400 && status < HTTP_FAILED
        ? new ProviderRefused(`${ended} See what it says, and mend that in the account.`)
        : new ProviderTransient(`${ended} See that the service is well.`);
  }
}

/** The code and the message of a failure, as far as there are any, without secrets: hidden first, since a cut could leave half of one. */
export function saidOf(body: Json, secrets: readonly string[]): string {
  const code = codeOf(body);
  const message =
    textAt(body, 'errorMessage') ??
    textAt(firstError(body), 'message') ??
    textAt(body, 'message') ??
    textAt(body, 'error') ??
    textAt(body, 'description') ??
    '';
  const said = (code === undefined ? message : `${code} ${message}`).trim();
  return mask(said, secrets).slice(0, MESSAGE_LENGTH_MAX);
}

function firstError(body: Json): Json {
  const errors = isObject(body) ? body['errors'] : undefined;
  return Array.isArray(errors) ? ((errors as readonly Json[])[0] ?? null) : null;
}

function mask(text: string, secrets: readonly string[]): string {
  let masked = text;
  for (const secret of secrets) {
    if (secret.length >= SECRET_LENGTH_MIN) masked = masked.replaceAll(secret, '***');
  }
  return masked;
}
