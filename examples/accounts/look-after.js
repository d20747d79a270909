#!/usr/bin/env node
/*
 * Looks after the accounts of vendor.js: what an operator writes for accounts of his own. It is called as "look-after.js verify|clean|
 * leftovers|rotate", reads one JSON object and writes one; what goes to standard error is logged. docs/writing-a-provider.md has the
 * whole contract. It remembers nothing: the server does.
 */

/* Exit codes of the contract (sysexits.h). */
const UNKNOWN_OPERATION = 64;
const REFUSED = 65;
const RETRY = 75;

const told = JSON.parse(await readAll(process.stdin));
const account = told.params.account_id;
const { management, current, pending } = told.credentials;

async function readAll(stream) {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

/** One call of the vendor. What is not there any more is as good as deleted. */
async function call(method, path, key = management.apikey) {
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`${process.env.VENDOR_URL}/${account}/${path}`, { method, headers });
  const body = await response.json();
  if (response.status === 401) end(REFUSED, `${account}: ${body.error}`);
  if (!response.ok && response.status !== 404) throw new Error(body.error);
  return body;
}

const OPERATIONS = {
  verify: async () => {
    await call('GET', 'things');
    await call('GET', 'things', current.apikey);
    return { evidence: { account } };
  },
  /* One thing that cannot be deleted must not keep the others: all are tried, and all that went wrong is told. */
  clean: async () => {
    const things = await call('GET', 'things');
    const wrong = [];
    for (const thing of things) {
      await call('DELETE', `things/${encodeURIComponent(thing)}`).catch(({ message }) => wrong.push(message));
    }
    if (wrong.length > 0) throw new Error(`${account} is not clean: ${wrong.join(', ')}`);
    return { evidence: { deleted: things.length } };
  },
  leftovers: async () => {
    const things = await call('GET', 'things');
    return {
      leftovers: things.map((thing) => ({ kind: thing.split(':')[0], id: thing.split(':')[1] ?? thing })),
    };
  },
  /* A new key is made, kept by the server, tried, and only then are the others deleted. */
  rotate: async () => {
    if (told.phase === 'create') {
      await deleteKeysBut(current.apikey);
      return { credential: { apikey: (await call('POST', 'keys')).key } };
    }
    if (told.phase === 'try') await call('GET', 'things', pending.apikey);
    if (told.phase === 'delete') await deleteKeysBut(current.apikey);
    return {};
  },
};

async function deleteKeysBut(kept) {
  for (const key of await call('GET', 'keys')) if (key !== kept) await call('DELETE', `keys/${key}`);
}

function end(code, words) {
  console.error(words);
  process.exit(code);
}

const operation = OPERATIONS[process.argv[2]];
if (operation === undefined) end(UNKNOWN_OPERATION, `the operation ${process.argv[2]} is not known here`);
try {
  console.log(JSON.stringify(await operation()));
} catch (error) {
  end(RETRY, error.message);
}
