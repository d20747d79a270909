/** A web server for tests: it answers with who and where it is, and with 503 while a file `sick` is beside it. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';

const { HOST, PORT } = process.env;

createServer((_request, response) => {
  response.statusCode = existsSync('sick') ? 503 : 200;
  response.end(
    JSON.stringify({ cwd: process.cwd(), pid: process.pid, env: process.env, args: process.argv.slice(2) }),
  );
}).listen({ host: HOST, port: Number(PORT) });
