import type { InputFault, Json, JsonObject } from '@poolkeeper/core';
import { ConfigurationError, faultOfFile } from './configuration-error.ts';
import type { ConfigurationFault, Position } from './configuration-error.ts';
import { memberPath, pointerParts, pointerTo } from './pointer.ts';
import { readYaml } from './read-yaml.ts';
import type { YamlFile } from './read-yaml.ts';
import type { Environment } from './variables.ts';

/** What one or more files say together, and where each member of it stands. */
export type ConfigurationText = {
  readonly value: Json;
  /** Where the member that an RFC 6901 pointer into `value` names stands, or the nearest thing around it. */
  readonly locate: (pointer: string) => Position;
  /** Faults of members as an error that says where they stand. */
  readonly refuse: (faults: readonly InputFault[], cause?: unknown) => ConfigurationError;
};

export type SourceText = { readonly file: string; readonly text: string };

/** Where one top-level member of the whole comes from: for a list, each file's part and where it begins. */
type Part = { readonly yaml: YamlFile; readonly start: number; readonly length: number };

/**
 * Reads files as one: lists at the top are put one behind the other in the order of the files; any other member may be in
 * one of them alone.
 *
 * Errors: `ConfigurationError` with what is no YAML, variables that are not set, and members that are in two files.
 */
export function parseConfigurationText(
  sources: readonly SourceText[],
  environment: Environment,
): ConfigurationText {
  const files = readAll(sources, environment);
  const [first, ...more] = files;
  if (first === undefined) throw new Error('at least one file is needed');
  if (more.length === 0) return asText(first.value, files, (pointer) => ({ yaml: first, pointer }));
  const notMaps = files.filter(({ value }) => !isMap(value));
  if (notMaps.length > 0) {
    throw new ConfigurationError(
      notMaps.map(({ file }) => faultOfFile(file, 'the file has to be a map of providers and pools')),
    );
  }
  return merge(files);
}

function readAll(sources: readonly SourceText[], environment: Environment): YamlFile[] {
  const faults: ConfigurationFault[] = [];
  const files = sources.flatMap(({ file, text }) => {
    try {
      return [readYaml(file, text, environment)];
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      faults.push(...error.faults);
      return [];
    }
  });
  if (faults.length > 0) throw new ConfigurationError(faults);
  return files;
}

function merge(files: readonly YamlFile[]): ConfigurationText {
  const whole: Record<string, Json> = {};
  const parts = new Map<string, Part[]>();
  const faults: ConfigurationFault[] = [];
  for (const yaml of files) {
    for (const [name, value] of Object.entries(yaml.value as JsonObject)) {
      const known = whole[name];
      const bothLists = Array.isArray(known) && Array.isArray(value);
      if (known !== undefined && !bothLists) {
        const pointer = pointerTo('', name);
        const message = `is in ${parts.get(name)?.[0]?.yaml.file} already; keep one of the two`;
        faults.push({ ...yaml.locate(pointer), pointer, member: memberPath(pointer), message });
        continue;
      }
      const before = bothLists ? (known as readonly Json[]) : [];
      whole[name] = bothLists ? [...before, ...(value as readonly Json[])] : value;
      const length = Array.isArray(value) ? value.length : 0;
      parts.set(name, [...(parts.get(name) ?? []), { yaml, start: before.length, length }]);
    }
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return asText(whole, files, (pointer) => findPlace(files, parts, pointer));
}

/** A member's own file, and the pointer that leads to it there. */
type Place = { readonly yaml: YamlFile; readonly pointer: string };

function findPlace(
  files: readonly YamlFile[],
  parts: ReadonlyMap<string, readonly Part[]>,
  pointer: string,
): Place {
  const [name = '', index, ...rest] = pointerParts(pointer);
  const found = parts.get(name) ?? [];
  const at = Number(index);
  const part = found.find(({ start, length }) => at >= start && at < start + length);
  if (part === undefined) return { yaml: found[0]?.yaml ?? (files[0] as YamlFile), pointer };
  return { yaml: part.yaml, pointer: [name, String(at - part.start), ...rest].reduce(pointerTo, '') };
}

function asText(
  value: Json,
  files: readonly YamlFile[],
  placeOf: (pointer: string) => Place,
): ConfigurationText {
  const locate = (pointer: string): Position => {
    const place = placeOf(pointer);
    return place.yaml.locate(place.pointer);
  };
  const refuse: ConfigurationText['refuse'] = (faults, cause) => {
    const placed = faults.map(({ pointer, message }) => ({ place: placeOf(pointer), pointer, message }));
    const inOrder = placed.toSorted((a, b) => files.indexOf(a.place.yaml) - files.indexOf(b.place.yaml));
    const named = inOrder.map(({ place: { yaml, pointer: inFile }, pointer, message }) => ({
      ...yaml.locate(inFile),
      pointer,
      member: memberPath(inFile),
      message,
    }));
    return new ConfigurationError(named, cause === undefined ? undefined : { cause });
  };
  return { value, locate, refuse };
}

function isMap(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
