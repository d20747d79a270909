import { isSecretOption } from '@poolkeeper/core';
import type { Json, JsonObject, SecretOption } from '@poolkeeper/core';
import type { ProviderContext } from './driver.ts';

/**
 * Options with secrets in the places that name them: an object or a list where the secret is one as JSON, else its text.
 *
 * Errors: `Error` that names the option and the secret, and nothing of what is in it.
 */
export async function openSecretOptions(
  options: JsonObject,
  openSecret: ProviderContext['openSecret'],
): Promise<{ readonly options: JsonObject; readonly values: readonly string[] }> {
  const opened: Record<string, Json> = { ...options };
  const values: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    if (!isSecretOption(value)) continue;
    const found = pick(parse(await openSecret(value.secret)), value, name);
    opened[name] = found;
    values.push(...textsIn(found));
  }
  return { options: opened, values };
}

function parse(text: string): Json {
  try {
    const value = JSON.parse(text) as Json;
    // A word or number that is a secret is meant as it was written.
    return typeof value === 'object' && value !== null ? value : text;
  } catch {
    return text;
  }
}

function pick(value: Json, { secret, member }: SecretOption, option: string): Json {
  if (member === undefined) return value;
  const found = typeof value === 'object' && value !== null ? (value as JsonObject)[member] : undefined;
  if (found !== undefined) return found;
  throw new Error(`Option "${option}" needs the member "${member}" of secret "${secret}", which has none.`);
}

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((member: Json) => textsIn(member));
}
