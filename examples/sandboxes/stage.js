/*
 * What the story in run.js is played on: a server of its own in a temporary folder, commands that are typed at it and shown
 * with what they print, and expectations that end the story when they do not come true.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';

const POOLKEEPER = join(import.meta.dirname, '..', '..', 'cli', 'bin', 'poolkeeper.js');
/** How long a state may take to come, in milliseconds, and how often it is looked for. */
const STATE_MS_MAX = 30_000;
const LOOK_MS = 50;
/** How long the server may take to end, in milliseconds. */
const END_MS_MAX = 15_000;
/** How much of the server's log is shown when something goes wrong, in characters. */
const LOG_TAIL = 2_000;

/** The story came otherwise than it is told. */
export class Unexpected extends Error {}

/** Ends the story with these words when it is not so. */
export function expect(isSo, words) {
  if (!isSo) throw new Unexpected(words);
}

export class Stage {
  #server;
  #ended;
  #log = '';
  #isOver = false;
  /** Holds the server's data, and what the story writes. */
  folder = mkdtempSync(join(tmpdir(), 'poolkeeper-'));

  constructor(configuration) {
    const address = ['--data', join(this.folder, 'data'), '--listen', '127.0.0.1:0'];
    this.#server = spawn(process.execPath, [POOLKEEPER, 'serve', '--config', configuration, ...address], {
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#server.stdout, this.#server.stderr])
      stream.on('data', (data) => (this.#log = (this.#log + data).slice(-LOG_TAIL)));
    this.#ended = new Promise((resolve) => this.#server.once('close', resolve)).then(() => {
      this.#isOver = true;
    });
  }

  /** Nothing that this terminal says of another server counts; this server is found by its data folder. */
  #environment() {
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith('POOLKEEPER_'));
    return { ...Object.fromEntries(others), POOLKEEPER_DATA: join(this.folder, 'data'), NO_COLOR: '1' };
  }

  /** The end of what the server wrote. */
  get log() {
    return this.#log;
  }

  /** Runs a command of poolkeeper to its end, and gives its exit code and all that it said. */
  async run(...args) {
    const child = spawn(process.execPath, [POOLKEEPER, ...args], {
      cwd: this.folder,
      env: { ...this.#environment(), COLUMNS: '200' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
    const code = await new Promise((resolve) => child.once('close', resolve));
    return { code, said };
  }

  /** The same, shown as somebody types it; `lines` bounds what is shown of the answer. */
  async type(args, { lines = 8, code: expected = 0 } = {}) {
    console.log(`   $ poolkeeper ${args.map(quoted).join(' ')}`);
    const { code, said } = await this.run(...args);
    const shown = said.trimEnd() === '' ? [] : said.trimEnd().split('\n').slice(0, lines);
    for (const line of shown) console.log(`   ${line}`);
    expect(code === expected, `It ended with ${code}, not with ${expected}:\n${said}`);
    return said;
  }

  /** Asks the server until its answer fits. `words` say what was waited for. */
  async until(path, isSo, words) {
    const late = AbortSignal.timeout(STATE_MS_MAX);
    for (;;) {
      const answer = await this.#get(path).catch(() => undefined);
      if (answer !== undefined && isSo(answer)) return answer;
      expect(!this.#isOver, 'The server ended by itself.');
      expect(!late.aborted, `${words}: that never came. The last answer was ${JSON.stringify(answer)}`);
      await rest(LOOK_MS);
    }
  }

  async #get(path) {
    const data = (name) => readFileSync(join(this.folder, 'data', name), 'utf8');
    const response = await fetch(new URL(path, JSON.parse(data('server.json')).url), {
      headers: { authorization: `Bearer ${data('admin.token').trim()}` },
    });
    return response.ok ? await response.json() : undefined;
  }

  /** Ends the server, and removes what it and the story wrote. */
  async [Symbol.asyncDispose]() {
    this.#server.kill('SIGTERM');
    const kill = setTimeout(() => this.#server.kill('SIGKILL'), END_MS_MAX);
    await this.#ended;
    clearTimeout(kill);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** As a shell needs it: in quotes where a character means something to it. */
function quoted(text) {
  return /^[\w./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
