/**
 * A server that a test kills: creates resources in the directory that it is given, saying so on its output.
 * Arguments: directory, template as JSON, ids.
 */
import { argv, stdout } from 'node:process';
import type { JsonObject } from '@poolkeeper/core';
import { aCreateRequest } from '../test-requests.ts';
import { openProvider } from '../open-provider.ts';
import { aProviderContext } from '../test-context.ts';

const [directory = '', template = '{}', ...ids] = argv.slice(2);
const context = aProviderContext({ dataDirectory: directory, configDirectory: directory });
const provider = await openProvider({ name: 'local', driver: 'process' }, context);
const { signal } = new AbortController();
stdout.write('creating\n');
await Promise.all(
  ids.map((id) => provider.create(aCreateRequest(id, JSON.parse(template) as JsonObject), signal)),
);
stdout.write('created\n');
