/*
 * A tiny web server without dependencies: what the quickstart's pool "sandbox" is made of.
 * Poolkeeper gives it PORT and HOST to listen on, and says in POOLKEEPER_RESOURCE_… who it is.
 */
import { createServer } from 'node:http';

const { PORT = '8080', HOST = '127.0.0.1', POOLKEEPER_RESOURCE_NAME: name = 'nobody' } = process.env;
const told = Object.entries(process.env)
  .filter(([variable]) => variable.startsWith('POOLKEEPER_RESOURCE_'))
  .map(([variable, value]) => `  ${variable}=${value}`)
  .toSorted();

const server = createServer((request, response) => {
  if (request.url === '/healthz') {
    response.end('ok\n');
    return;
  }
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(
    [
      `Hello from ${name}.`,
      `I am process ${process.pid}, up for ${Math.floor(process.uptime())} s, and was told:`,
      ...told,
      '',
    ].join('\n'),
  );
});

server.listen(Number(PORT), HOST, () => console.log(`${name} listens at http://${HOST}:${PORT}`));
process.once('SIGTERM', () => server.close(() => process.exit(0)));
