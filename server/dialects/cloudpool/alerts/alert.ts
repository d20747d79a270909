import type { Json, JsonObject } from '@poolkeeper/core';
import type { Severity } from '../configuration/severity.ts';

export type AlertTopic = 'RESIZE' | 'POOL_FETCH' | 'SERVICE_STATE' | 'MEMBERSHIP_STATUS';

/** Something that people are told. `at` is milliseconds UTC. */
export type Alert = {
  readonly topic: AlertTopic;
  readonly severity: Severity;
  readonly at: number;
  readonly message: string;
  readonly details?: string;
  readonly metadata: JsonObject;
  /** Does it show the members of the pool as they are when it is sent? */
  readonly showsMembers: boolean;
};

/** What each alert of one pool bears beside its own metadata. */
export type StandardMetadata = { readonly cloudPoolName: string; readonly jvmId: string };

/** The document that receivers get, whichever way it goes. */
export function alertDocument(
  { topic, severity, at, message, details, metadata }: Alert,
  standard: StandardMetadata,
): JsonObject {
  const document: Record<string, Json> = {
    topic,
    severity,
    timestamp: new Date(at).toISOString(),
    message,
  };
  if (details !== undefined) document['details'] = details;
  document['metadata'] = { ...metadata, ...standard };
  return document;
}
