import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '@poolkeeper/core';
import type { Logger } from '../../logger.ts';
import type { Provider } from '../contract.ts';
import { openProvider } from '../open-provider.ts';
import { aProviderContext } from '../test-context.ts';

/** A program that keeps the contract. */
export const TEST_PROGRAM = [execPath, fileURLToPath(new URL('test-program.js', import.meta.url))];

/** A directory for one test, with programs in it. */
export type ExecPlace = {
  readonly directory: string;
  readonly stateDirectory: string;
  /** What the programs said so far, and what the provider said about them. */
  readonly log: { readonly fields: object; readonly message: string }[];
  /** Writes a shell script and opens a provider that runs it. */
  script(lines: string, options?: JsonObject): Promise<Provider>;
  open(options: JsonObject, environment?: Record<string, string | undefined>): Promise<Provider>;
  path(name: string): string;
  /** What a file holds; empty where there is none. */
  read(name: string): string;
  cleanUp(): void;
};

export function anExecPlace(): ExecPlace {
  const directory = mkdtempSync(join(tmpdir(), 'poolkeeper-exec-'));
  const log: ExecPlace['log'] = [];
  const note = (fields: object | string, message = ''): void => {
    log.push(typeof fields === 'string' ? { fields: {}, message: fields } : { fields, message });
  };
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const open: ExecPlace['open'] = (options, environment) =>
    openProvider(
      { name: 'mine', driver: 'exec', ...options },
      aProviderContext({
        dataDirectory: directory,
        configDirectory: directory,
        logger,
        ...(environment === undefined ? {} : { environment }),
      }),
    );
  const path = (name: string): string => join(directory, name);
  return {
    directory,
    stateDirectory: join(directory, 'exec', 'mine', 'state'),
    log,
    open,
    path,
    script: (lines, options = {}) => {
      writeFileSync(path('program.sh'), `#!/bin/sh\n${lines}\n`);
      chmodSync(path('program.sh'), 0o755);
      return open({ command: ['./program.sh'], ...options });
    },
    read: (name) => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : ''),
    cleanUp: () => rmSync(directory, { recursive: true }),
  };
}
