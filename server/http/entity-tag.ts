import { refuseInput } from '@poolkeeper/core';
import type { FastifyRequest } from 'fastify';

const ENTITY_TAG = /^"(\d{1,15})"$/;

/** A document's version as an entity tag. */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/**
 * The version that a change is for, from `If-Match`; undefined where the request does not say, or `*`.
 *
 * Errors: `invalid_input` for anything that is not one strong tag of ours.
 */
export function requestedVersion(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const version = ENTITY_TAG.exec(header)?.[1];
  if (version === undefined) {
    throw refuseInput(
      '/headers/if-match',
      'If-Match is the ETag of an earlier answer, such as "3", quotes included.',
    );
  }
  return Number(version);
}

/** A command's member for the version; none where the request does not say. */
export function versionOf(request: FastifyRequest): { version?: number } {
  const version = requestedVersion(request);
  return version === undefined ? {} : { version };
}
