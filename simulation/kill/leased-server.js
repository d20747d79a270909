/** What the pools of processes lend: a web server that answers which resource it is. */
import { createServer } from 'node:http';

const { HOST, PORT, POOLKEEPER_RESOURCE_ID } = process.env;

createServer((_request, response) => {
  response.end(JSON.stringify({ resource: POOLKEEPER_RESOURCE_ID, pid: process.pid }));
}).listen({ host: HOST, port: Number(PORT) });
