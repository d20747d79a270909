import type { JsonObject } from '@poolkeeper/core';
import { ProviderRefused } from '../contract.ts';
import type { Accounts, Provider } from '../contract.ts';
import type { OpenInput } from '../driver.ts';
import { cleanAccount, findLeftovers } from './clean.ts';
import { rotateKey } from './rotate.ts';
import { Sessions } from './sessions.ts';
import type { Settings } from './settings.ts';
import { verifyAccount } from './verify.ts';

/** Opens a provider of `ibm-account-driver.ts`. It keeps nothing but tokens in memory. */
export function openIbmAccounts({ name, context }: Omit<OpenInput, 'options'>, settings: Settings): Provider {
  const { clock, timers, random, logger } = context;
  const closing = new AbortController();
  const wire = { clock, timers, random, answerMsMax: settings.answerMsMax };
  const url = settings.addresses.iam ?? '';
  const sessions = new Sessions({ wire, url, closing: closing.signal });
  const input = { wire, sessions, settings, logger };
  const until = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, closing.signal]);
  const accounts: Accounts = {
    verify: (request, signal) => verifyAccount(input, request, until(signal)),
    clean: (request, signal, output) => cleanAccount(input, request, { signal: until(signal), output }),
    leftovers: (request, signal, output) => findLeftovers(input, request, { signal: until(signal), output }),
    rotate: (request, signal) => rotateKey(input, request, until(signal)),
  };
  return {
    name,
    driver: 'ibm-account',
    makes: false,
    accounts,
    create: ({ resource }) =>
      Promise.reject(
        new ProviderRefused(
          `Provider ${name} makes no accounts, so it cannot create ${resource.name}. Register the account, with its credentials.`,
        ),
      ),
    destroy: () => Promise.resolve('gone'),
    observe: () => Promise.resolve([]),
    checkTemplate,
    [Symbol.asyncDispose]: () => {
      closing.abort(new Error(`Provider ${name} is closed.`));
      return Promise.resolve();
    },
  };
}

function checkTemplate(template: JsonObject | null): { pointer: string; message: string }[] {
  if (template === null) return [];
  const message = 'A pool of IBM Cloud accounts has no template: its accounts are registered. Leave it out.';
  return [{ pointer: '', message }];
}
