/* Ends with 0 when the server of this container can serve: /readyz, at the address that it wrote to its data folder. */
import { readFileSync } from 'node:fs';
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { join } from 'node:path';
import process from 'node:process';

const TIMEOUT_MS = 3_000;

const file = join(process.env.POOLKEEPER_DATA ?? 'poolkeeper-data', 'server.json');
const { url } = JSON.parse(readFileSync(file, 'utf8'));
const get = url.startsWith('https:') ? getSecure : getPlain;
// The certificate is for the name that clients use; whom we ask is this container itself.
const request = get(`${url}/readyz`, { timeout: TIMEOUT_MS, rejectUnauthorized: false }, (response) => {
  response.resume();
  process.exitCode = response.statusCode === 200 ? 0 : 1;
});
request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
request.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
