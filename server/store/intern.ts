import type { DocumentKind, Documents } from '@poolkeeper/core';

/** How many different parts are kept for sharing; past it, documents keep their own. Bounds memory, not correctness. */
const PARTS_MAX = 65_536;
const NO_ADDRESSES: readonly string[] = [];
const NO_ENDPOINTS: Readonly<Record<string, string>> = {};
const NO_PROFILES: readonly string[] = [];

/**
 * Lets equal parts of many documents be one object in memory, so that a million resources of a few pools do not bring a
 * million copies of the same labels. Documents are immutable, so nobody can tell.
 *
 * The document must be one that was just parsed: its members are replaced in place.
 */
export type Intern = <K extends DocumentKind>(kind: K, document: Documents[K]) => Documents[K];

type Open<T> = { -readonly [K in keyof T]: T[K] };

/** Makes an intern step; what it shares lives as long as it does. */
export function createIntern(): Intern {
  const texts = new Map<string, string>();
  const objects = new Map<string, object>();

  function text(value: string): string {
    const known = texts.get(value);
    if (known !== undefined) return known;
    if (texts.size < PARTS_MAX) texts.set(value, value);
    return value;
  }

  function object<T extends object>(value: T): T {
    const key = JSON.stringify(value);
    const known = objects.get(key);
    if (known !== undefined) return known as T;
    if (objects.size < PARTS_MAX) objects.set(key, value);
    return value;
  }

  function internResource(resource: Open<Documents['resource']>): void {
    resource.pool = text(resource.pool);
    resource.kind = text(resource.kind);
    resource.provider = text(resource.provider);
    resource.labels = object(resource.labels);
    resource.params = object(resource.params);
    // Few have profiles, and those of a pool have the same.
    resource.profiles = resource.profiles.length === 0 ? NO_PROFILES : object(resource.profiles);
    // No two resources share an address, so only the absence of any is worth a look.
    if (resource.addresses.length === 0) resource.addresses = NO_ADDRESSES;
    if (Object.keys(resource.endpoints).length === 0) resource.endpoints = NO_ENDPOINTS;
  }

  function internLease(lease: Open<Documents['lease']>): void {
    lease.holder = text(lease.holder);
    lease.items = object(lease.items);
    lease.labels = object(lease.labels);
  }

  return (kind, document) => {
    if (kind === 'resource') internResource(document as Documents['resource']);
    if (kind === 'lease') internLease(document as Documents['lease']);
    return document;
  };
}
