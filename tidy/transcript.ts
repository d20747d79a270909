import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { drawTerminals } from './terminal-svg.ts';
import type { Terminal } from './terminal-svg.ts';
import { TerminalSession } from './terminal-session.ts';

/**
 * Writes docs/transcript.md and docs/images/transcript.svg from a real run at two real terminals: `npm run transcript`.
 */

const root = join(import.meta.dirname, '..');
const BIN = join(root, 'cli', 'bin', 'poolkeeper.js');
const PAGE = join(root, 'docs', 'transcript.md');
const PICTURE = join(root, 'docs', 'images', 'transcript.svg');
const LABEL =
  'Two terminals: a plan, its application, a lease that waits in a queue, its explanation, and its turn after a release.';

const BEFORE = `providers:
  - { name: local, driver: process, stopOnDispose: true }
pools:
  - name: runners
    provider: local
    size: { desired: 3 }
    template: { command: [sleep, "9999"], labels: { image: "1.4" } }
`;
const AFTER = `providers:
  - { name: local, driver: process, stopOnDispose: true }
  - { name: lab, driver: static }
pools:
  - name: runners
    provider: local
    size: { desired: 2 }
    template: { command: [sleep, "9999"], labels: { image: "1.5" } }
  - name: boards
    provider: lab
    lease: { default: 30m, max: 4h }
    resources:
      - { name: pine-1, labels: { arch: arm64 }, addresses: ["10.0.0.11"] }
      - { name: pine-2, labels: { arch: arm64 }, addresses: ["10.0.0.12"] }
`;
const RUN = `poolkeeper lease run --pool boards -- sh -c 'echo "flash and test $POOLKEEPER_ADDRESS"'`;

/** Any free port; the command line finds it by the data directory. */
async function record(folder: string): Promise<Terminal[]> {
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
  writeFileSync(join(folder, 'before.yaml'), BEFORE);
  writeFileSync(join(folder, 'pools.yaml'), AFTER);
  const args = [BIN, 'serve', '--config', 'before.yaml', '--listen', '127.0.0.1:0', '--log-level', 'warn'];
  const server = spawn(process.execPath, args, { cwd: folder });
  const ended = once(server, 'exit');
  try {
    await once(server.stdout, 'data');
    await using first = new TerminalSession({ name: 'first', folder, path });
    await using second = new TerminalSession({ name: 'second', folder, path });
    return await play(first, second);
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

async function play(first: TerminalSession, second: TerminalSession): Promise<Terminal[]> {
  await first.type('until poolkeeper pool list | grep -q 3/3; do :; done');
  first.clear();
  await first.type('poolkeeper plan -f pools.yaml');
  await first.type('poolkeeper apply -f pools.yaml', (lines) => /yes.*$/.test(lines.at(-1) ?? ''));
  first.send('yes');
  await first.type('poolkeeper lease acquire --pool boards --count 2 --note "by hand, ask Ada"');
  const begin = { title: 'first terminal', lines: withoutPrompt(first.lines()) };
  first.clear();
  await first.type(RUN, (lines) => lines.some((line) => line.includes(', expected in')));
  const waiting = { title: 'first terminal: it waits', lines: first.lines() };
  await second.type('poolkeeper lease list');
  const ids =
    second
      .lines()
      .join('\n')
      .match(/lse_\w+/g) ?? [];
  await second.type(`poolkeeper lease explain ${ids[1] ?? ''}`);
  await second.type(`poolkeeper lease release ${ids[0] ?? ''}`);
  const other = { title: 'second terminal', lines: withoutPrompt(second.lines()) };
  await first.until((lines) => lines.at(-1)?.trimEnd() === '$');
  await first.type('poolkeeper lease list --status ended');
  return [begin, waiting, other, { title: 'first terminal: its turn', lines: withoutPrompt(first.lines()) }];
}

function withoutPrompt(lines: readonly string[]): string[] {
  return lines.slice(0, -1);
}

function toText({ title, lines }: Terminal): string {
  // oxlint-disable-next-line no-control-regex -- escapes are what is taken out
  const text = lines.map((line) => line.replaceAll(/\u001B\[[\d;]*m/g, '').trimEnd());
  return [`## ${title[0]?.toUpperCase()}${title.slice(1)}`, '', '```console', ...text, '```', ''].join('\n');
}

const MARK = '<!-- What is below is written by npm run transcript. -->';

const folder = mkdtempSync(join(tmpdir(), 'poolkeeper-transcript-'));
try {
  const terminals = await record(folder);
  const [head = ''] = readFileSync(PAGE, 'utf8').split(MARK);
  writeFileSync(PAGE, `${head}${MARK}\n\n${terminals.map(toText).join('\n')}`);
  writeFileSync(PICTURE, drawTerminals(LABEL, terminals));
} finally {
  rmSync(folder, { recursive: true });
}
