import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { TcpProxy } from './tcp-proxy.ts';

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

/** A server that sends back what it is sent, behind a cable, and a way to connect through it. */
async function anEcho(): Promise<{ proxy: TcpProxy; received: () => string; dial: () => Socket }> {
  let received = '';
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received += bytes.toString();
      socket.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push({
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
  const proxy = await TcpProxy.open({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  opened.push(proxy);
  const dial = (): Socket => connect(proxy.port, '127.0.0.1').on('error', () => {});
  return { proxy, received: () => received, dial };
}

/** A reset is an error of the socket too, which is what is wanted here. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}

async function ask(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString();
}

test('what is sent through a cable arrives, and its end too', async () => {
  const { dial } = await anEcho();
  const socket = dial();
  expect(await ask(socket, 'a')).toBe('a');
  socket.end('b');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  expect(bytes.toString()).toBe('b');
  await closed(socket);
});

test('a cable that is cut resets its connections and those that are tried, until it heals', async () => {
  const { proxy, dial } = await anEcho();
  const socket = dial();
  await ask(socket, 'a');
  proxy.cut();
  await closed(socket);
  const second = dial();
  await closed(second);
  proxy.heal();
  expect(await ask(dial(), 'b')).toBe('b');
});

test('a cable that is slow one way takes that much longer', async () => {
  const { proxy, dial } = await anEcho();
  const socket = dial();
  proxy.delay(150, 'up');
  const from = Date.now();
  expect(await ask(socket, 'a')).toBe('a');
  expect(Date.now() - from).toBeGreaterThanOrEqual(149);
});

test('what goes into a black hole arrives when it heals, and only the direction that is held waits', async () => {
  const { proxy, received, dial } = await anEcho();
  const socket = dial();
  await ask(socket, 'a');
  proxy.blackHole('down');
  const answer = ask(socket, 'b');
  await expect.poll(received).toBe('ab');
  let isAnswered = false;
  void answer.then(() => (isAnswered = true));
  // It went up and came back to the cable, so that nothing but the hole holds it.
  proxy.blackHole('up');
  const late = dial();
  late.write('c');
  expect(received()).toBe('ab');
  expect(isAnswered).toBe(false);
  proxy.heal();
  expect(await answer).toBe('b');
  await expect.poll(received).toBe('abc');
});
