/*
 * What the story in run.js is played on: a cloud and a server of its own in a temporary folder, curl commands that are typed at
 * them and shown with what they print, and expectations that end the story when they do not come true.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';

const POOLKEEPER = join(import.meta.dirname, '..', '..', 'cli', 'bin', 'poolkeeper.js');
/** How long a state may take to come, in milliseconds, and how often it is looked for. */
const STATE_MS_MAX = 30_000;
const LOOK_MS = 100;
/** How long a process may take to end, in milliseconds. */
const END_MS_MAX = 15_000;
/** How much of a process's output is shown when something goes wrong, in characters. */
const LOG_TAIL = 2_000;
/** curl writes this before the status of an answer. */
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
  /** Holds the server's data. */
  folder = mkdtempSync(join(tmpdir(), 'poolkeeper-'));
  #processes = [];

  /** Starts the cloud and the server, and resolves when both answer. */
  async start() {
    const [cloudPort, poolPort] = [await freePort(), await freePort()];
    this.cloud = `http://127.0.0.1:${cloudPort}`;
    this.pools = `http://127.0.0.1:${poolPort}`;
    this.#run('cloud-simulator', '--port', String(cloudPort), '--boot-time', '1s');
    await this.until(`${this.cloud}/status`, () => true, 'The cloud answers');
    this.#run(
      ...['compat', 'cloudpool', '--multipool', '--http-port', String(poolPort)],
      ...['--storage-dir', join(this.folder, 'data'), '--driver', 'simulated', '--cloud', this.cloud],
    );
    await this.until(`${this.pools}/cloudpools`, () => true, 'The server answers');
  }

  #run(...args) {
    // Nothing that this terminal says of another server counts.
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith('POOLKEEPER_'));
    const child = spawn(process.execPath, [POOLKEEPER, ...args], {
      cwd: this.folder,
      env: { ...Object.fromEntries(others), NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = { child, log: '', ended: once(child, 'close') };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => (running.log = (running.log + data).slice(-LOG_TAIL)));
    this.#processes.push(running);
  }

  /** The end of what the cloud and the server wrote. */
  get log() {
    return this.#processes.map(({ log }) => log).join('\n');
  }

  /** Types a curl command, shows it and what it prints, and gives the answer. */
  async curl(method, url, { body, status: expected = 200 } = {}) {
    const args = ['-s', ...(method === 'GET' ? [] : ['-X', method]), url];
    if (body !== undefined) args.push('-H', 'Content-Type: application/json', '-d', JSON.stringify(body));
    console.log(`   $ curl ${args.map(quoted).join(' ')}`);
    const { status, text } = await this.#curl(args);
    if (text !== '') for (const line of text.trimEnd().split('\n')) console.log(`   ${line}`);
    console.log(`   (${status})`);
    expect(status === expected, `It was answered with ${status}, not with ${expected}.`);
    return text === '' ? undefined : JSON.parse(text);
  }

  async #curl(args) {
    const child = spawn('curl', [...args, '--write-out', `${STATUS_MARK}%{http_code}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (data) => (said += data));
    try {
      await once(child, 'close');
    } catch (error) {
      throw new Unexpected(`curl is needed, and cannot be started here: ${error.message}.`);
    }
    const [text, status] = said.split(STATUS_MARK);
    return { text, status: Number(status) };
  }

  /** Asks again and again until the answer fits. `words` say what was waited for. */
  async until(url, isSo, words) {
    const late = AbortSignal.timeout(STATE_MS_MAX);
    for (;;) {
      const answer = await this.#get(url).catch(() => undefined);
      if (answer !== undefined && isSo(answer)) return answer;
      expect(
        this.#processes.every(({ child }) => child.exitCode === null),
        'The cloud or the server ended by itself.',
      );
      expect(!late.aborted, `${words}: that never came. The last answer was ${JSON.stringify(answer)}`);
      await rest(LOOK_MS);
    }
  }

  async #get(url) {
    const response = await fetch(url);
    return response.ok ? await response.json() : undefined;
  }

  /** Ends both, and removes what they wrote. */
  async [Symbol.asyncDispose]() {
    for (const { child, ended } of this.#processes.toReversed()) {
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), END_MS_MAX);
      await ended;
      clearTimeout(kill);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** As a shell needs it: in quotes where a character means something to it. */
function quoted(text) {
  return /^[\w./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
