import { expect, test } from 'vitest';
import { readAcctpoolSettings } from './acctpool-settings.ts';
import type { AcctpoolFlags } from './acctpool-settings.ts';

const read = (flags: AcctpoolFlags, environment: Record<string, string> = {}) =>
  readAcctpoolSettings({ flags, environment, workingDirectory: '/srv' });

test('what is not said is as the original had it, and Cloudant is ignored', () => {
  const { acctpool, server } = read({ cleaner: 'ibm' }, { CLOUDANT_IAM_URL: 'x', CLOUDANT_IAM_APIKEY: 'y' });
  expect(acctpool).toEqual({
    path: 'config.yml',
    directory: '/srv',
    listen: { host: '0.0.0.0', port: 8_080 },
    cleaner: { kind: 'ibm' },
    ignoredVariables: ['CLOUDANT_IAM_APIKEY', 'CLOUDANT_IAM_URL'],
  });
  expect(server.listen).toEqual({ host: '127.0.0.1', port: 0 });
});

test('options win over variables', () => {
  const { acctpool, server } = read({ port: '81', cleaner: 'exec:./clean.sh', data: 'kept' }, { PORT: '82' });
  expect([acctpool.listen.port, server.dataDirectory]).toEqual([81, '/srv/kept']);
  expect(acctpool.cleaner).toEqual({ kind: 'exec', program: '/srv/clean.sh' });
  expect(read({ cleaner: 'ibm' }, { PORT: '82' }).acctpool.listen.port).toBe(82);
});

test('without a cleaner it does not start, and says what the choices are', () => {
  expect(() => read({})).toThrow(/--cleaner is missing.*exec:PROGRAM.*ibm.*none-i-accept-unclean/);
  expect(() => read({ cleaner: 'none' })).toThrow(
    '--cleaner has to be exec:PROGRAM, ibm or none-i-accept-unclean',
  );
});
