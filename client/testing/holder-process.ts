import { createPoolkeeper } from '../index.ts';

/** A program of its own that holds a lease by the SDK and says which, until something ends it. */
const [url = '', token = '', pool = '', heartbeat = ''] = process.argv.slice(2);
await using lease = await createPoolkeeper({ url, token }).lease({ pool, heartbeat });
process.stdout.write(`${lease.id}\n`);
await new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
