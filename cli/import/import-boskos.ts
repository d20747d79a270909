import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatDuration } from '@poolkeeper/core/words';
import type { ConfiguredType, Json } from '@poolkeeper/core';
import { BoskosConfigurationFault, configuredTypes, parseBoskosConfiguration } from '@poolkeeper/server';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { isObjects, readObjects } from './kubernetes-objects.ts';
import type { BoskosObjects, StoredResource } from './kubernetes-objects.ts';
import { literally, writeImport } from './write-import.ts';
import { readBoskosAddress } from './read-address.ts';

/** States of the original from which a member of a type that comes and goes does not return. */
const LEAVING: ReadonlySet<string> = new Set(['toBeDeleted', 'tombstone']);

export type BoskosImport = {
  readonly from: readonly string[];
  readonly namespace: string;
  readonly silence?: string;
  readonly withoutData?: boolean;
  readonly out?: string;
};

/** Writes what a Boskos server has as a configuration of ours. Errors: `CliError`. */
export async function importBoskos(context: CliContext, options: BoskosImport): Promise<void> {
  const types = new Map<string, ConfiguredType>();
  const stored = new Map<string, StoredResource>();
  const advice: string[] = [];
  const take = ({ types: more, resources }: BoskosObjects): void => {
    for (const type of more) if (!types.has(type.type)) types.set(type.type, type);
    for (const resource of resources) stored.set(resource.name, resource);
  };
  // Files first: they say what to ask a running server for.
  for (const source of options.from.filter((one) => !isAddress(one))) take(readSource(context, source));
  for (const source of options.from.filter(isAddress)) {
    const read = await readBoskosAddress(context, source, {
      namespace: options.namespace,
      types: [...types.keys()],
    });
    take(read);
    advice.push(...read.advice);
  }
  const leaving = [...stored.values()].filter((one) => isLeaving(one, types.get(one.type)));
  for (const { name } of leaving) stored.delete(name);
  for (const { type } of stored.values()) if (!types.has(type)) types.set(type, unknownType(type));
  if (types.size === 0) {
    throw new CliError('There is nothing to import: no source names a type or a resource.', {
      advice:
        advice[0] ?? 'Give the configuration file of Boskos, its objects, or both. Nothing was written.',
      exitCode: EXIT.usage,
    });
  }
  const pools = [...types.values()].map((type) => poolOf(type, [...stored.values()], options));
  const document = { providers: [{ name: 'boskos', driver: 'static' }], pools };
  advice.push(...adviceOn({ types, stored: [...stored.values()], leaving: leaving.length }));
  const withData = [...stored.values()].filter(({ data }) => Object.keys(data).length > 0).length;
  if (withData > 0 && options.withoutData !== true)
    advice.push(
      `User data of ${resources(withData)} is written in the clear, and may hold credentials: keep the output to yourself, or leave it out with --without-data.`,
    );
  if (stored.size === 0 && pools.length > 0)
    advice.push('No source says how resources stand: each begins at the state that its type begins with.');
  writeImport(context, { document, out: options.out, advice });
}

/** Nobody has it, and it comes back no more: the server would take it apart at once, and a plan would want it again. */
function isLeaving({ state, owner }: StoredResource, type: ConfiguredType | undefined): boolean {
  return type?.dynamic !== undefined && owner === '' && LEAVING.has(state);
}

function adviceOn(input: {
  readonly types: ReadonlyMap<string, ConfiguredType>;
  readonly stored: readonly StoredResource[];
  readonly leaving: number;
}): string[] {
  const { types, stored, leaving } = input;
  const coming = stored.filter(({ type }) => types.get(type)?.dynamic !== undefined);
  const expiring = stored.filter(({ expires }) => expires !== '').length;
  return [
    ...(leaving === 0 ? [] : [`${resources(leaving)} about to be deleted: left out.`]),
    ...(expiring === 0
      ? []
      : [`${resources(expiring)} with a date of expiry: it is not taken over; the next release sets one.`]),
    ...(coming.length === 0
      ? []
      : [
          `${resources(coming.length)} of types whose members come and go: once the configuration is applied, take them out of it, or a plan wants each of them back when it has gone.`,
        ]),
  ];
}

function resources(count: number): string {
  return `${count} ${count === 1 ? 'resource' : 'resources'}`;
}

function isAddress(source: string): boolean {
  return /^https?:\/\//.test(source);
}

function readSource({ workingDirectory }: CliContext, source: string): BoskosObjects {
  try {
    const text = readFileSync(resolve(workingDirectory, source), 'utf8');
    if (isObjects(text)) return readObjects(text);
    const options = { silenceMs: null, isRepeatable: false };
    return { types: configuredTypes(parseBoskosConfiguration(text), options), resources: [] };
  } catch (cause) {
    const isFault =
      cause instanceof BoskosConfigurationFault || (cause as NodeJS.ErrnoException).code !== undefined;
    if (!isFault) throw cause;
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CliError(
      `${source} cannot be imported:\n${isMissing ? 'there is no such file' : (cause as Error).message}`,
      {
        advice:
          'Nothing was written. Give the configuration file of Boskos, its objects as kubectl prints them, or an address that begins with http://.',
        exitCode: EXIT.usage,
        cause,
      },
    );
  }
}

/** Only its members are known. */
function unknownType(type: string): ConfiguredType {
  const [known] = configuredTypes(
    [{ type, state: '', names: ['-'], minCount: 0, maxCount: 0, lifespanMs: null, needs: {}, config: null }],
    { silenceMs: null, isRepeatable: false },
  ) as [ConfiguredType];
  return { ...known, names: [] };
}

function poolOf(type: ConfiguredType, stored: readonly StoredResource[], options: BoskosImport): Json {
  const { pool, initial, dynamic, names, initialOf = {} } = type;
  const there = stored.filter((one) => one.type === type.type);
  const known = new Set(there.map(({ name }) => name));
  const resources = [
    ...there.map((one) => ({ name: one.name, stage: stageOf(one, options) })),
    ...names
      .filter((name) => !known.has(name))
      .map((name) => ({ name, stage: { name: literally(initialOf[name] ?? initial) } })),
  ];
  return {
    name: pool,
    provider: 'boskos',
    kind: 'resource',
    stages: {
      type: literally(type.type),
      initial: literally(initial),
      ...(options.silence === undefined ? {} : { silence: options.silence }),
      ...(dynamic === undefined
        ? {}
        : {
            dynamic: {
              min: dynamic.min,
              max: dynamic.max,
              ...(dynamic.lifespanMs === null ? {} : { lifespan: formatDuration(dynamic.lifespanMs) }),
              ...(Object.keys(dynamic.needs).length === 0 ? {} : { needs: dynamic.needs }),
              ...(dynamic.content === null
                ? {}
                : { content: { type: dynamic.content.type, content: literally(dynamic.content.content) } }),
            },
          }),
    },
    ...(resources.length === 0 ? {} : { resources }),
  };
}

function stageOf(
  { state, owner, data }: StoredResource,
  { withoutData }: BoskosImport,
): Record<string, Json> {
  const kept = Object.entries(data).map(([key, value]) => [key, literally(value)]);
  return {
    name: literally(state === '' ? 'free' : state),
    ...(owner === '' ? {} : { holder: literally(owner) }),
    ...(kept.length === 0 || withoutData === true ? {} : { data: Object.fromEntries(kept) as Json }),
  };
}
