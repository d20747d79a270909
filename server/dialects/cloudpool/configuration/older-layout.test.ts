import type { JsonObject } from '@poolkeeper/core';
import { describe, expect, test } from 'vitest';
import { parseConfiguration } from './parse-configuration.ts';

const MAIL = {
  subject: 'alert',
  recipients: ['ops@example.org'],
  sender: 'pool@example.org',
  mailServer: { smtpHost: 'mail', authentication: { userName: 'u', password: 'p' }, useSsl: true },
};

/** As releases up to 4.1 have it. */
const FOUR = {
  cloudPool: { name: 'web', driverConfig: { region: 'north', userName: 'u' } },
  scaleOutConfig: { size: 'small', image: 'linux', bootScript: ['#!/bin/sh', 'apt-get update'] },
  scaleInConfig: { victimSelectionPolicy: 'NEWEST_INSTANCE', instanceHourMargin: 0 },
  alerts: MAIL,
  poolUpdatePeriod: 180,
};

/** As the adapters of 2014 have it. */
const FOURTEEN = {
  scalingGroup: { name: 'web', config: FOUR.cloudPool.driverConfig },
  scaleUpConfig: FOUR.scaleOutConfig,
  scaleDownConfig: FOUR.scaleInConfig,
  alerts: MAIL,
  poolUpdatePeriod: 180,
};

const TODAY = {
  name: 'web',
  cloudApiSettings: { region: 'north', userName: 'u' },
  provisioningTemplate: {
    size: 'small',
    image: 'linux',
    encodedUserData: Buffer.from('#!/bin/sh\napt-get update').toString('base64'),
  },
  scaleInConfig: { victimSelectionPolicy: 'NEWEST' },
  alerts: {
    smtp: [
      {
        subject: 'alert',
        recipients: ['ops@example.org'],
        sender: 'pool@example.org',
        smtpClientConfig: MAIL.mailServer,
      },
    ],
  },
  poolUpdate: { updateInterval: { time: 180, unit: 'seconds' } },
};

test.each([
  ['up to 4.1', FOUR],
  ['of 2014', FOURTEEN],
])('a configuration %s is what it means today, and is shown in the layout of today', (_release, body) => {
  expect(parseConfiguration(body)).toEqual(parseConfiguration(TODAY));
  expect(parseConfiguration(body).echo).toEqual(TODAY);
});

test('a driver’s part with both of its halves needs no template beside it', () => {
  const { cloudApiSettings, provisioningTemplate } = TODAY;
  const driverConfig = { cloudApiSettings, provisioningTemplate };
  const { echo } = parseConfiguration({ cloudPool: { name: 'web', driverConfig } });
  expect(echo).toEqual({ name: 'web', cloudApiSettings, provisioningTemplate });
});

test('what is of today is of today, whatever else it holds', () => {
  const body = { ...TODAY, cloudPool: { name: 'other' }, scalingGroup: 7, poolUpdatePeriod: 1 };
  expect(parseConfiguration(body).echo).toEqual(TODAY);
});

describe('where it is not certain what it means, the refusal says what to write', () => {
  test.each<[string, JsonObject, string]>([
    [
      'no driver’s part',
      { cloudPool: { name: 'web' } },
      'unknown layout: in the layout of releases up to 4.1',
    ],
    ['no driver’s part', { scalingGroup: {} }, 'unknown layout: in the layout of the cloud adapters of 2014'],
    ['text for a group', { cloudPool: 'web' }, 'write name, cloudApiSettings and provisioningTemplate'],
    [
      'no template',
      { cloudPool: FOUR.cloudPool },
      'without scaleOutConfig does not say what machines are made from',
    ],
    [
      'two templates',
      {
        cloudPool: { name: 'web', driverConfig: { cloudApiSettings: {}, provisioningTemplate: {} } },
        scaleOutConfig: {},
      },
      'the template stands twice',
    ],
    ['liveness tests', { ...FOURTEEN, liveness: { loginUser: 'u' } }, 'leave liveness out, and use health'],
    [
      'extensions',
      { ...FOUR, scaleOutConfig: { extensions: {} } },
      'scaleOutConfig.extensions has no place of its own',
    ],
    ['a script that is none', { ...FOUR, scaleOutConfig: { bootScript: [1] } }, 'has to be a list of lines'],
    [
      'two scripts',
      { ...FOUR, scaleOutConfig: { bootScript: [], encodedUserData: '' } },
      'both bootScript and encodedUserData',
    ],
    ['two periods', { ...FOUR, poolUpdate: {} }, 'poolUpdate and poolUpdatePeriod say the same'],
    [
      'a policy that is gone',
      { ...FOUR, scaleInConfig: { victimSelectionPolicy: 'CLOSEST_TO_INSTANCE_HOUR' } },
      "NEWEST or OLDEST (which 'CLOSEST_TO_INSTANCE_HOUR' is not)",
    ],
    ['no period at all', { ...FOUR, poolUpdatePeriod: 0 }, 'updateInterval must be greater than zero'],
    ['no name', { ...FOUR, cloudPool: { driverConfig: {} } }, 'missing name'],
  ])('%s: %j', (_what, body, reason) => {
    expect(() => parseConfiguration(body)).toThrow(reason);
  });
});
