import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RealServer } from '../cli/testing/real-server.ts';
import { createPoolkeeper } from './index.ts';
import { readExamples } from './testing/examples.ts';

const root = join(import.meta.dirname, '..');
const EXAMPLES = readExamples();

test('there are examples in the README and in the comments', () => {
  const files = EXAMPLES.map(({ name }) => name.split(',')[0]);
  expect(files).toEqual(
    expect.arrayContaining([
      'README.md',
      '../README.md',
      'create-poolkeeper.ts',
      'errors.ts',
      'operations/events.ts',
    ]),
  );
});

/** Compiles the examples as files that lie beside the SDK; answers what the compiler says. */
function compile(codes: readonly string[]): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (name) => ts.sys.readFile(name)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const sources = new Map(codes.map((code, index) => [join(root, 'client', `example-${index}.ts`), code]));
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (name) => sources.has(name) || fileExists(name);
  host.readFile = (name) => sources.get(name) ?? readFile(name);
  const program = ts.createProgram([...sources.keys()], { ...options, noEmit: true }, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
}

test('every example compiles, and one that is wrong would not', () => {
  expect(compile(EXAMPLES.map(({ code }) => code))).toEqual([]);
  const wrong = EXAMPLES.map(({ code }) => code.replace('boards', "boards', wrong: 'x"));
  expect(compile(wrong).length).toBeGreaterThan(0);
});

describe('every example runs against a real server', () => {
  let server: RealServer;
  const board = createServer((_request, response) => void response.end('a board'));
  beforeAll(async () => {
    await new Promise<void>((resolve) => board.listen(0, '127.0.0.1', resolve));
    const { port } = board.address() as AddressInfo;
    server = await RealServer.start(`
providers: [{ name: hand, driver: static }]
pools:
  - name: boards
    provider: hand
    resources: [{ name: b1, labels: { arch: arm64 }, endpoints: { http: "http://127.0.0.1:${port}" } }]
  - { name: web, provider: hand, resources: [{ name: w1, endpoints: { http: "http://127.0.0.1:${port}" } }] }
`);
    // Those that listen wait for what a lease does.
    const { leases } = createPoolkeeper({ url: server.url, token: server.token });
    await leases.end((await leases.acquire({ pool: 'boards' })).id);
    // Where a program finds the SDK as a package.
    mkdirSync(join(server.folder, 'programs'));
    symlinkSync(join(root, 'node_modules'), join(server.folder, 'programs', 'node_modules'));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    board.close();
  });

  test.each(EXAMPLES)('$name', async ({ code }) => {
    const program = code.replace('http://127.0.0.1:7420', server.url).replace('pk_…', server.token);
    const file = join(server.folder, 'programs', 'example.ts');
    writeFileSync(file, program);
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise((resolve) => child.once('close', resolve));
    expect(await text(child.stderr)).toBe('');
    expect(await ended).toBe(0);
  });
});
