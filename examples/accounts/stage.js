/*
 * What the story in run.js is played on: three accounts of a vendor and a server of its own in a temporary folder, commands that are typed
 * and shown with what they print, and expectations that end the story when they do not come true.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';
import { Vendor } from './vendor.js';

const POOLKEEPER = join(import.meta.dirname, '..', '..', 'cli', 'bin', 'poolkeeper.js');
/** How long a state may take to come, in milliseconds, and how often it is looked for. */
const STATE_MS_MAX = 30_000;
const LOOK_MS = 100;
/** How long the server may take to end, in milliseconds. */
const END_MS_MAX = 15_000;
/** How much of the server's log is shown when something goes wrong, in characters. */
const LOG_TAIL = 3_000;
/** Characters of a line that are shown. */
const LINE_LENGTH_MAX = 400;
/** curl writes this before the status and the redirection of an answer. */
const STATUS_MARK = '\n<status>';

/** The story came otherwise than it is told. */
export class Unexpected extends Error {}

/** Ends the story with these words when it is not so. */
export function expect(isSo, words) {
  if (!isSo) throw new Unexpected(words);
}

/** A port on which nobody listens now. */
async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

export class Stage {
  /** Holds the server's data, and what the story writes. */
  folder = mkdtempSync(join(tmpdir(), 'poolkeeper-'));
  vendor = new Vendor(['acct-1', 'acct-2', 'acct-3']);
  #server;
  #ended = Promise.resolve();
  #log = '';
  #isOver = false;

  /** Starts the vendor and the server, and resolves when both answer. */
  async start() {
    await this.vendor.start();
    const port = await freePort();
    this.pool = `http://127.0.0.1:${port}`;
    copyFileSync(join(import.meta.dirname, 'config.yml'), join(this.folder, 'config.yml'));
    const cleaner = `exec:${join(import.meta.dirname, 'look-after.js')}`;
    const args = ['compat', 'acctpool', '--port', String(port), '--host', '127.0.0.1', '--cleaner', cleaner];
    this.#server = spawn(process.execPath, [POOLKEEPER, ...args], {
      cwd: this.folder,
      env: { ...this.#environment(), VENDOR_URL: this.vendor.url },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#server.stdout, this.#server.stderr])
      stream.on('data', (data) => (this.#log = (this.#log + data).slice(-LOG_TAIL)));
    this.#ended = once(this.#server, 'close').then(() => (this.#isOver = true));
    console.log(`   $ poolkeeper compat acctpool --port ${port} --cleaner exec:./look-after.js &`);
    await this.until(() => true, 'The server answers');
  }

  /** Nothing that this terminal says of another server counts; this server is found by its data folder. */
  #environment() {
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith('POOLKEEPER_'));
    const data = join(this.folder, 'data');
    return { ...Object.fromEntries(others), POOLKEEPER_DATA: data, NO_COLOR: '1', COLUMNS: '500' };
  }

  /** The end of what the server wrote. */
  get log() {
    return this.#log;
  }

  /** Runs a command of poolkeeper to its end, and gives its exit code and all that it said. */
  async run(...args) {
    const child = spawn(process.execPath, [POOLKEEPER, ...args], {
      cwd: this.folder,
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
    const [code] = await once(child, 'close');
    return { code, said };
  }

  /** The same, shown as somebody types it; `lines` bounds what is shown of the answer. */
  async type(args, { lines = 8, code: expected = 0 } = {}) {
    console.log(`   $ poolkeeper ${args.map(quoted).join(' ')}`);
    const { code, said } = await this.run(...args);
    show(said, lines);
    expect(code === expected, `It ended with ${code}, not with ${expected}:\n${said}`);
    return said;
  }

  /** Types a curl command, shows it and what it prints, and gives the answer. */
  async curl(method, url, { body, key, status: expected = 200 } = {}) {
    const args = ['-s', ...(method === 'GET' ? [] : ['-X', method]), url];
    if (key !== undefined) args.push('-H', `Authorization: Bearer ${key}`);
    if (body !== undefined) args.push('-d', JSON.stringify(body));
    console.log(`   $ curl ${args.map(quoted).join(' ')}`);
    const { status, location, text } = await curl(args);
    show(text, 4);
    console.log(`   (${status}${location === '' ? '' : `, to ${location}`})`);
    expect(status === expected, `It was answered with ${status}, not with ${expected}.`);
    return { location, answer: text === '' ? undefined : JSON.parse(text) };
  }

  /** Asks for the numbers of the pool until they fit. `words` say what was waited for. */
  until(isSo, words) {
    return this.#until('/', isSo, words);
  }

  /** Asks for a reservation until it is so. */
  untilReservation(location, isSo, words) {
    return this.#until(location.replace(this.pool, ''), isSo, words);
  }

  async #until(path, isSo, words) {
    const late = AbortSignal.timeout(STATE_MS_MAX);
    for (;;) {
      const answer = await get(`${this.pool}${path}`).catch(() => undefined);
      if (answer !== undefined && isSo(answer)) return answer;
      expect(!this.#isOver, 'The server ended by itself.');
      expect(!late.aborted, `${words}: that never came. The last answer was ${JSON.stringify(answer)}`);
      await rest(LOOK_MS);
    }
  }

  /** Ends the server and the vendor, and removes what they and the story wrote. */
  async [Symbol.asyncDispose]() {
    this.#server?.kill('SIGTERM');
    const kill = setTimeout(() => this.#server?.kill('SIGKILL'), END_MS_MAX);
    await this.#ended;
    clearTimeout(kill);
    await this.vendor.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function get(url) {
  const response = await fetch(url);
  return response.ok ? await response.json() : undefined;
}

async function curl(args) {
  const child = spawn('curl', [...args, '--write-out', `${STATUS_MARK}%{http_code} %{redirect_url}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  try {
    await once(child, 'close');
  } catch (error) {
    throw new Unexpected(`curl is needed, and cannot be started here: ${error.message}.`);
  }
  const [text, end = ''] = said.split(STATUS_MARK);
  const [status, location = ''] = end.split(' ');
  return { text, status: Number(status), location };
}

function show(text, lines) {
  if (text.trimEnd() === '') return;
  for (const line of text.trimEnd().split('\n').slice(0, lines))
    console.log(`   ${line.length > LINE_LENGTH_MAX ? `${line.slice(0, LINE_LENGTH_MAX)}…` : line}`);
}

/** As a shell needs it: in quotes where a character means something to it. */
function quoted(text) {
  return /^[\w./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
