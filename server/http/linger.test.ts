import { Agent, request } from 'node:http';
import { expect, test } from 'vitest';
import { startHttp } from '../testing/http-harness.ts';
import type { HttpHarness } from '../testing/http-harness.ts';

const LINGER_MS = 100;

type Seen = { status: number | undefined; connection: string | undefined; isReused: boolean };

function ask(http: HttpHarness, url: string, agent: Agent): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/v1/pools`, { agent, headers: http.bearer('admin') }, (response) => {
      const { statusCode: status, headers } = response;
      response.resume();
      response.once('end', () =>
        resolve({ status, connection: headers.connection, isReused: sent.reusedSocket }),
      );
    });
    sent.once('error', reject);
    sent.end();
  });
}

test('a request on an idle connection that was on its way when the server began to stop is refused, not cut off', async () => {
  const http = await startHttp({ lingerMs: LINGER_MS });
  const url = await http.app.listen({ host: '127.0.0.1', port: 0 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect(await ask(http, url, agent)).toMatchObject({ status: 200, connection: 'keep-alive' });
  const pending = http.time.pending;
  const closed = http.app.close();
  await http.until(() => (http.time.pending > pending ? true : undefined));
  // The client is told to leave, so that its next request goes elsewhere.
  expect(await ask(http, url, agent)).toEqual({ status: 503, connection: 'close', isReused: true });
  await http.time.advance(LINGER_MS);
  await closed;
  expect(http.time.pending).toBe(0);
  agent.destroy();
  await http.keeper[Symbol.asyncDispose]();
});
