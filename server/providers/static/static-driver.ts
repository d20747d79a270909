import type { JsonObject } from '@poolkeeper/core';
import { ProviderRefused } from '../contract.ts';
import type { Provider } from '../contract.ts';
import { unknownOptions } from '../driver.ts';
import type { DriverDefinition } from '../driver.ts';

/**
 * Resources that are registered by hand or in the configuration file: lab boards, shared accounts, machines that somebody
 * else keeps. It makes nothing, so there is nothing to observe, and destroying one only forgets it.
 */
export const staticDriver: DriverDefinition = {
  driver: 'static',
  checkOptions: (options) => unknownOptions(options, []),
  open: ({ name }) => Promise.resolve(openStaticProvider(name)),
};

function openStaticProvider(name: string): Provider {
  return {
    name,
    driver: 'static',
    makes: false,
    create: ({ resource }) =>
      Promise.reject(
        new ProviderRefused(
          `Provider ${name} makes nothing, so it cannot create ${resource.name}. Register the resource by hand.`,
        ),
      ),
    destroy: () => Promise.resolve('gone'),
    observe: () => Promise.resolve([]),
    checkTemplate,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function checkTemplate(template: JsonObject | null): { pointer: string; message: string }[] {
  if (template === null) return [];
  return [
    {
      pointer: '',
      message:
        'A pool of a static provider has no template: its resources are registered by hand. Leave it out.',
    },
  ];
}
