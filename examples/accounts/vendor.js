/*
 * A vendor of accounts in memory, behind HTTP: each account has keys that open it, and things that were made with them. A thing that is
 * locked cannot be deleted. It knows nothing of Poolkeeper.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';

/** What opens every account. */
const MANAGER = 'manager';

export class Vendor {
  #accounts = new Map();
  #server = createServer((request, response) => void this.#serve(request, response));

  constructor(names) {
    for (const [index, name] of names.entries())
      this.#accounts.set(name, { keys: new Set([`first-key-${index + 1}`]), things: new Map() });
  }

  async start() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Something that is there from before. */
  leave(account, thing) {
    this.#accounts.get(account).things.set(thing, { isLocked: false });
  }

  async #serve(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { status, body } = this.#answer(request, Buffer.concat(chunks).toString());
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  }

  /** `/ACCOUNT/things`, `/ACCOUNT/things/THING`, `/ACCOUNT/keys`, `/ACCOUNT/keys/KEY`. */
  #answer({ method, url, headers }, text) {
    const [, name, what, id] = url.split('/').map(decodeURIComponent);
    const account = this.#accounts.get(name);
    const key = headers.authorization?.replace('Bearer ', '');
    if (account === undefined || !(key === MANAGER || account.keys.has(key)))
      return { status: 401, body: { error: 'this key opens nothing' } };
    if (what === 'keys') return changeKeys(account, { method, id });
    return changeThings(account, { method, id, body: text === '' ? {} : JSON.parse(text) });
  }
}

function changeKeys({ keys }, { method, id }) {
  if (method === 'GET') return { status: 200, body: [...keys] };
  if (method === 'DELETE') return { status: keys.delete(id) ? 200 : 404, body: {} };
  const key = `key-${randomBytes(6).toString('hex')}`;
  keys.add(key);
  return { status: 201, body: { key } };
}

function changeThings({ things }, { method, id, body }) {
  if (method === 'GET') return { status: 200, body: [...things.keys()] };
  if (method === 'PUT') {
    things.set(id, { isLocked: body.locked === true });
    return { status: 200, body: { made: id } };
  }
  if (things.get(id)?.isLocked === true) return { status: 409, body: { error: `${id} is locked` } };
  return { status: things.delete(id) ? 200 : 404, body: {} };
}
