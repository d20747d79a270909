import type { CloudDriver } from '../cloud-driver.ts';

/** A driver whose settings need a `region`, and whose templates a `size`. */
export const SCRIPTED_DRIVER: CloudDriver = {
  driver: 'scripted',
  check: ({ cloudApiSettings, provisioningTemplate }) => [
    ...(typeof cloudApiSettings['region'] === 'string' ? [] : ['cloudApiSettings.region: missing']),
    ...(typeof provisioningTemplate['size'] === 'string' ? [] : ['provisioningTemplate.size: missing']),
  ],
  providerOptions: ({ name }, settings) => ({ cloudPool: name, settings }),
  template: ({ provisioningTemplate }) => provisioningTemplate,
  place: { cloudProvider: 'Scripted', region: 'unknown', machineSize: 'unknown' },
};
