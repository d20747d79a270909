import { Refusal } from '@poolkeeper/core';
import type { JsonObject } from '@poolkeeper/core';
import type { CheckTemplate } from '../../parts.ts';

/** Refuses a template of which its provider could make nothing. Errors: `invalid_input`, with every fault. */
export function requireTemplate(check: CheckTemplate, provider: string, template: JsonObject | null): void {
  const faults = check(provider, template).map(({ pointer, message }) => ({
    pointer: `/template${pointer}`,
    message,
  }));
  const [first] = faults;
  if (first === undefined) return;
  throw new Refusal('invalid_input', `Provider "${provider}" refuses the template: ${first.message}`, {
    faults,
  });
}
