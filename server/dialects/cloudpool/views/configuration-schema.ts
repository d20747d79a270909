import type { JsonObject } from '@poolkeeper/core';

const INTERVAL = {
  type: 'object',
  required: ['time', 'unit'],
  properties: {
    time: { type: 'integer', minimum: 0 },
    unit: {
      type: 'string',
      description: 'nanoseconds, microseconds, milliseconds, seconds, minutes, hours or days',
    },
  },
} as const satisfies JsonObject;

/** What a configuration is made of, for clients of version 1, which show it as a form. What is a driver's own is an object here. */
export const CONFIGURATION_SCHEMA: JsonObject = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  title: 'Cloud pool configuration',
  type: 'object',
  required: ['name', 'cloudApiSettings', 'provisioningTemplate'],
  properties: {
    name: { type: 'string', description: 'marks the machines of the pool' },
    cloudApiSettings: {
      type: 'object',
      description: 'how the cloud is reached; the driver says what belongs here',
    },
    provisioningTemplate: {
      type: 'object',
      description: 'what a machine is made of; the driver says what belongs here',
    },
    scaleInConfig: {
      type: 'object',
      required: ['victimSelectionPolicy'],
      properties: { victimSelectionPolicy: { enum: ['NEWEST', 'OLDEST'] } },
    },
    alerts: {
      type: 'object',
      properties: {
        duplicateSuppression: INTERVAL,
        smtp: { type: 'array', items: { type: 'object' } },
        http: { type: 'array', items: { type: 'object' } },
      },
    },
    poolFetch: {
      type: 'object',
      required: ['retries', 'refreshInterval', 'reachabilityTimeout'],
      properties: {
        retries: {
          type: 'object',
          required: ['initialBackoffDelay'],
          properties: { maxRetries: { type: 'integer', minimum: 0 }, initialBackoffDelay: INTERVAL },
        },
        refreshInterval: INTERVAL,
        reachabilityTimeout: INTERVAL,
      },
    },
    poolUpdate: { type: 'object', required: ['updateInterval'], properties: { updateInterval: INTERVAL } },
  },
};
