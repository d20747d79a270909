import type { Json, JsonObject } from '@poolkeeper/core';
import { parseDocument } from 'yaml';
import { parseGoDuration } from '../go-duration.ts';
import { BoskosConfigurationFault } from './configuration.ts';
import type { EntryFault, ResourceEntry } from './configuration.ts';

/** `*name` in one file. */
const ALIASES_MAX = 1_000;
const NANOSECONDS_PER_MS = 1_000_000;
const TIMESTAMP_TAG = 'tag:yaml.org,2002:timestamp';

/**
 * Reads a configuration as the original does: YAML 1.1 made to JSON, and that into its types. Names of members are found whatever their
 * case, unknown ones are passed over, numbers and truths are texts where a text belongs.
 *
 * Errors: `BoskosConfigurationFault` for what is no YAML, or with every member of the wrong type.
 */
export function readEntries(text: string): ResourceEntry[] {
  const root = parseYaml(text);
  const reader = new EntryReader();
  const entries = reader.list('', isObject(root) ? member(root, 'resources') : root === null ? null : root);
  const read = entries.map((entry, index) => reader.entry(`resources[${index}]`, entry));
  if (reader.faults.length > 0) throw new BoskosConfigurationFault(reader.faults);
  return read;
}

function parseYaml(text: string): Json {
  try {
    const document = parseDocument(text, {
      version: '1.1',
      merge: true,
      uniqueKeys: false,
      prettyErrors: true,
      customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.tag !== TIMESTAMP_TAG),
    });
    const [error] = document.errors.filter(({ code }) => code !== 'MULTIPLE_DOCS');
    if (error !== undefined) throw error;
    return (document.toJS({ maxAliasCount: ALIASES_MAX }) ?? null) as Json;
  } catch (cause) {
    const [first = ''] = (cause as Error).message.split('\n');
    const why = cause instanceof RangeError ? 'it is nested too deeply' : first.replace(/:$/, '');
    throw new BoskosConfigurationFault([{ member: '', message: `this is not YAML: ${why}` }], { cause });
  }
}

/** Reads values as the types that Go gives them, and gathers what does not fit. */
class EntryReader {
  readonly faults: EntryFault[] = [];

  entry(at: string, value: Json): ResourceEntry {
    const entry = this.#object(at, value);
    const config = member(entry, 'config');
    return {
      type: this.text(`${at}.type`, member(entry, 'type')),
      state: this.text(`${at}.state`, member(entry, 'state')),
      names: this.list(`${at}.names`, member(entry, 'names')).map((name, index) =>
        this.text(`${at}.names[${index}]`, name),
      ),
      minCount: this.#count(`${at}.min-count`, member(entry, 'min-count')),
      maxCount: this.#count(`${at}.max-count`, member(entry, 'max-count')),
      lifespanMs: this.#lifespan(`${at}.lifespan`, member(entry, 'lifespan')),
      needs: this.#needs(`${at}.needs`, member(entry, 'needs')),
      config: config === null ? null : this.#config(`${at}.config`, config),
    };
  }

  text(at: string, value: Json): string {
    if (typeof value === 'string') return value;
    if (value === null) return '';
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    return this.#refuse(at, 'a text is needed', '');
  }

  list(at: string, value: Json): readonly Json[] {
    if (value === null) return [];
    if (Array.isArray(value)) return value as readonly Json[];
    return this.#refuse(
      at,
      at === '' ? 'a map with a list of "resources" is needed' : 'a list is needed',
      [],
    );
  }

  #object(at: string, value: Json): JsonObject {
    if (value === null || isObject(value)) return value ?? {};
    return this.#refuse(at, 'a map is needed', {});
  }

  #count(at: string, value: Json): number {
    if (value === null) return 0;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    return this.#refuse(at, 'a whole number is needed', 0);
  }

  #lifespan(at: string, value: Json): number | null {
    if (value === null) return null;
    if (typeof value === 'number') return Math.round(value / NANOSECONDS_PER_MS);
    if (typeof value !== 'string')
      return this.#refuse(at, 'a duration such as 48h is needed, or nanoseconds', null);
    try {
      return Math.round(parseGoDuration(value));
    } catch (error) {
      return this.#refuse(at, `${(error as Error).message}; write it as 48h, 1h30m or 90s`, null);
    }
  }

  #needs(at: string, value: Json): Readonly<Record<string, number>> {
    const needs = Object.entries(this.#object(at, value));
    return Object.fromEntries(needs.map(([type, count]) => [type, this.#count(`${at}.${type}`, count)]));
  }

  #config(at: string, value: Json): ResourceEntry['config'] {
    const config = this.#object(at, value);
    return {
      type: this.text(`${at}.type`, member(config, 'type')),
      content: this.text(`${at}.content`, member(config, 'content')),
    };
  }

  #refuse<T>(at: string, message: string, instead: T): T {
    this.faults.push({ member: at, message });
    return instead;
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member of that name, whatever its case; of several the last one in the order of their letters, as Go takes them. Null: none. */
function member(object: JsonObject, name: string): Json {
  const spelled = Object.keys(object).filter((key) => key.toLowerCase() === name);
  const last = spelled.toSorted().at(-1);
  return last === undefined ? null : (object[last] ?? null);
}
