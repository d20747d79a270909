import { parseDuration } from '@poolkeeper/core';
import type { Json, JsonObject } from '@poolkeeper/core';
import type { CloudDriver, DriverInput } from '../cloud-driver.ts';

/** The name is the value of a tag. */
const NAME_LENGTH_MAX = 256;
/** What the cloud takes; see `server/providers/simulated/template.ts`. */
const TEXT_LENGTH_MAX = 256;
const TAGS_MAX = 16;
const DURATION_MS_MAX = 10 * 60_000;
/** Tags whose names begin so are the provider's own. */
const OWN_TAGS = 'poolkeeper-';

/** What a member of the template has to be; others are passed over, as clients of this API have come to expect. */
const MEMBERS: Readonly<Record<string, { readonly isGood: (value: Json) => boolean; readonly due: string }>> =
  {
    size: { isGood: isText, due: `a text of 1 to ${TEXT_LENGTH_MAX} characters` },
    region: { isGood: isText, due: `a text of 1 to ${TEXT_LENGTH_MAX} characters` },
    tags: {
      isGood: areTags,
      due: `an object of at most ${TAGS_MAX} texts by name, without "=" in a name and none that begins with "${OWN_TAGS}"`,
    },
    bootTime: { isGood: isDuration, due: 'a duration of at most 10m, such as "5s"' },
    answerAfter: { isGood: isDuration, due: 'a duration of at most 10m, such as "5s"' },
  };

/**
 * Machines of a simulated cloud. `cloudApiSettings`: `{url?}`, the address of the cloud; `defaultUrl` is the one that the server was
 * started with. `provisioningTemplate`: `{size?, region?, tags?, bootTime?, answerAfter?}`.
 */
export function createSimulatedCloudDriver(defaultUrl: string | null): CloudDriver {
  return {
    driver: 'simulated',
    check: ({ name, cloudApiSettings, provisioningTemplate }) => [
      ...(name.length > NAME_LENGTH_MAX ? [`name: longer than ${NAME_LENGTH_MAX} characters`] : []),
      ...urlFaults(cloudApiSettings['url'] ?? defaultUrl),
      ...templateFaults(provisioningTemplate),
    ],
    // An address is no secret, so that it stands in the options itself: a cloud that moves is another place.
    providerOptions: ({ name, cloudApiSettings }) => ({
      url: cloudApiSettings['url'] ?? defaultUrl,
      cloudPool: name,
    }),
    template: templateOf,
    place: { cloudProvider: 'Simulated', region: 'local', machineSize: 'small' },
  };
}

function urlFaults(url: Json): string[] {
  if (url === null) {
    return [
      'cloudApiSettings.url: missing; name the address of a cloud simulator here, or start the server with --cloud URL',
    ];
  }
  return isUrl(url) ? [] : ['cloudApiSettings.url: must be an address such as "http://127.0.0.1:9100"'];
}

function isUrl(value: Json): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, username, password, search, hash } = new URL(value);
  const isPlain = username === '' && password === '' && search === '' && hash === '';
  return isPlain && (protocol === 'http:' || protocol === 'https:');
}

function templateFaults(template: JsonObject): string[] {
  return Object.entries(MEMBERS).flatMap(([name, { isGood, due }]) => {
    const value = template[name] ?? null;
    return value === null || isGood(value) ? [] : [`provisioningTemplate.${name}: must be ${due}`];
  });
}

function templateOf({ provisioningTemplate }: DriverInput): JsonObject {
  const known = Object.entries(provisioningTemplate).filter(
    ([name, value]) => Object.hasOwn(MEMBERS, name) && value !== null,
  );
  return Object.fromEntries(known);
}

function isText(value: Json): boolean {
  return typeof value === 'string' && value !== '' && value.length <= TEXT_LENGTH_MAX;
}

function isDuration(value: Json): boolean {
  const durationMs = typeof value === 'string' ? parseDuration(value) : undefined;
  return durationMs !== undefined && durationMs <= DURATION_MS_MAX;
}

function areTags(value: Json): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const tags = Object.entries(value as JsonObject);
  return tags.length <= TAGS_MAX && tags.every(([name, text]) => isTag(name, text));
}

function isTag(name: string, text: Json): boolean {
  const isName = name !== '' && name.length <= TEXT_LENGTH_MAX / 2 && !name.includes('=');
  const isValue = typeof text === 'string' && text.length <= TEXT_LENGTH_MAX;
  return isName && isValue && !name.startsWith(OWN_TAGS);
}
