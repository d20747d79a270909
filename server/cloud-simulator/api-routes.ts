import { sleep } from '../timers.ts';
import { CloudError } from './cloud-error.ts';
import { TAGS_MAX, viewOf } from './machine.ts';
import type { App, AppParts } from './parts.ts';
import { ById, CreateBody, ListQuery, TagsBody, TagsPatch } from './schemas.ts';
import { Throttle } from './throttle.ts';

/** The cloud's own API: what a provider calls. All of it fails, is late or is throttled as the cloud is told. */
export function addApiRoutes(app: App, parts: AppParts): void {
  addTroubles(app, parts);
  addMachineRoutes(app, parts);
  addTagRoutes(app, parts);
}

function addTroubles(app: App, { cloud, clock, timers, calls, closing }: AppParts): void {
  const throttle = new Throttle();
  app.addHook('onRequest', async (request) => {
    const route = `${request.method} ${request.routeOptions.url ?? ''}`;
    calls.set(route, (calls.get(route) ?? 0) + 1);
    const { isDown, throttlePerSecond } = cloud.settings;
    if (isDown) throw new CloudError('down', 'The cloud is down (POST /up ends that).');
    const waitMs = throttlePerSecond === null ? 0 : throttle.take(throttlePerSecond, clock.now());
    if (waitMs > 0)
      throw new CloudError('throttled', `More than ${throttlePerSecond} calls a second.`, waitMs);
  });
  // The work is done by then: an answer that nobody waits for any more has happened all the same.
  app.addHook('onSend', async () => {
    if (cloud.settings.latencyMs > 0) await sleep(timers, cloud.settings.latencyMs, closing);
  });
}

function addMachineRoutes(app: App, { cloud, timers, closing }: AppParts): void {
  app.post('/machines', { schema: { body: CreateBody } }, async (request, reply) => {
    const { answerAfterMs = 0, ...wanted } = request.body;
    const { machine, isNew } = cloud.create(wanted);
    if (answerAfterMs > 0) await sleep(timers, answerAfterMs, closing);
    return reply.code(isNew ? 201 : 200).send(viewOf(machine));
  });
  app.get('/machines', { schema: { querystring: ListQuery } }, async (request) => {
    const { tag = [], limit, cursor } = request.query;
    const { machines, next } = cloud.list({
      tags: Object.fromEntries(tag.map(readFilter)),
      limit,
      after: cursor,
    });
    return { machines: machines.map(viewOf), next };
  });
  app.get('/machines/:id', { schema: { params: ById } }, async (request) =>
    viewOf(cloud.require(request.params.id)),
  );
  app.delete('/machines/:id', { schema: { params: ById } }, async (request) =>
    viewOf(cloud.terminate(request.params.id)),
  );
}

function addTagRoutes(app: App, { cloud }: AppParts): void {
  app.get(
    '/machines/:id/tags',
    { schema: { params: ById } },
    async (request) => cloud.require(request.params.id).tags,
  );
  app.put('/machines/:id/tags', { schema: { params: ById, body: TagsBody } }, async (request) =>
    viewOf(cloud.setTags(request.params.id, request.body)),
  );
  app.patch('/machines/:id/tags', { schema: { params: ById, body: TagsPatch } }, async (request) => {
    const { id } = request.params;
    const merged = Object.entries({ ...cloud.require(id).tags, ...request.body });
    const tags = merged.filter((entry): entry is [string, string] => entry[1] !== null);
    if (tags.length > TAGS_MAX) throw new CloudError('invalid', `tags: a machine has at most ${TAGS_MAX}.`);
    return viewOf(cloud.setTags(id, Object.fromEntries(tags)));
  });
}

/** `name=text`; the text may have more of the sign. */
function readFilter(filter: string): [name: string, text: string] {
  const at = filter.indexOf('=');
  return [filter.slice(0, at), filter.slice(at + 1)];
}
