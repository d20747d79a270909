import type { JsonObject, WorldEvent } from '@poolkeeper/core';
import { instantText } from '../instant.ts';
import type { EventBody } from '../schemas/event.ts';

/** Members of an event's data that are instants. */
const INSTANTS = new Set(['expiresAt']);

/** An event as the API shows it: with instants as text, like everything else. */
export function viewEvent(event: WorldEvent): EventBody {
  return { ...event, at: instantText(event.at), data: viewData(event.data) };
}

function viewData(data: JsonObject): JsonObject {
  const shown: Record<string, JsonObject[string]> = {};
  for (const [name, value] of Object.entries(data)) {
    shown[name] =
      INSTANTS.has(name) && typeof value === 'number' ? instantText(value) : (value as JsonObject[string]);
  }
  return shown;
}
