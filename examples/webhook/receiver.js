// A receiver of webhooks: node receiver.js, with WEBHOOK_SECRET and PORT in its environment.
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET);
/** What comes twice has the same id. A receiver that must not forget keeps this where it keeps its data. */
const seen = new Set();

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  try {
    const { type, data } = webhook.verify(body, request.headers);
    const id = request.headers['webhook-id'];
    if (!seen.has(id)) console.log(type, data.lease ?? '', data.holder ?? '', data.data?.expiresAt ?? '');
    seen.add(id);
    response.writeHead(204).end();
  } catch {
    response.writeHead(401).end();
  }
});
server.listen(Number(process.env.PORT), '127.0.0.1', () =>
  console.log('listening on', server.address().port),
);
