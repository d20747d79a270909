import { CloudError } from './cloud-error.ts';
import { viewOf } from './machine.ts';
import type { App, AppParts } from './parts.ts';
import {
  BootStateQuery,
  ById,
  ByIdAndState,
  ByIdAndTime,
  MillisecondsQuery,
  Nothing,
  QuotaQuery,
  Switch,
  ThrottleQuery,
} from './schemas.ts';
import type { CloudSettings } from './settings.ts';

const DAY_LENGTH = '2026-01-31'.length;

/** `POST /<op>?parameter=…`: what a person or a test does to the cloud. It works whatever the cloud's own state is. */
export function addControlRoutes(app: App, parts: AppParts): void {
  // Whatever body a client sends along, everything that is said is in the query.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, done) => done(null, undefined));
  addSwitches(app, parts);
  addNumbers(app, parts);
  addDrift(app, parts);
}

function addSwitches(app: App, { cloud }: AppParts): void {
  const set = (change: Partial<CloudSettings>): CloudSettings => Object.assign(cloud.settings, change);
  const schema = { querystring: Nothing };
  app.post('/reset', { schema }, async () => {
    cloud.reset();
    return cloud.settings;
  });
  app.post('/down', { schema }, async () => set({ isDown: true }));
  app.post('/up', { schema }, async () => set({ isDown: false }));
  app.post('/failStart', { schema: { querystring: Switch } }, async ({ query }) =>
    set({ isStartFailing: query.on === 'true' }),
  );
  app.post('/failTerminate', { schema: { querystring: Switch } }, async ({ query }) =>
    set({ isTerminateFailing: query.on === 'true' }),
  );
  app.post('/bootState', { schema: { querystring: BootStateQuery } }, async ({ query }) =>
    set({ bootState: query.state }),
  );
}

function addNumbers(app: App, { cloud }: AppParts): void {
  const set = (change: Partial<CloudSettings>): CloudSettings => Object.assign(cloud.settings, change);
  const schema = { querystring: MillisecondsQuery };
  app.post('/latency', { schema }, async ({ query }) => set({ latencyMs: query.ms }));
  app.post('/bootTime', { schema }, async ({ query }) => set({ bootTimeMs: query.ms }));
  app.post('/endTime', { schema }, async ({ query }) => set({ endTimeMs: query.ms }));
  app.post('/quota', { schema: { querystring: QuotaQuery } }, async ({ query }) =>
    set({ quota: query.max ?? null }),
  );
  app.post('/throttle', { schema: { querystring: ThrottleQuery } }, async ({ query }) =>
    set({ throttlePerSecond: query.perSecond ?? null }),
  );
}

/** Things that happen behind the back of whoever uses the API. */
function addDrift(app: App, { cloud }: AppParts): void {
  app.post('/spawn', { schema: { querystring: Nothing } }, async () => ({ id: cloud.spawn().id }));
  app.post('/setState', { schema: { querystring: ByIdAndState } }, async ({ query }) =>
    viewOf(cloud.setState(query.id, query.state)),
  );
  app.post('/setLaunch', { schema: { querystring: ByIdAndTime } }, async ({ query }) => {
    const { id, time = '' } = query;
    return viewOf(cloud.setLaunch(id, time === '' ? null : readInstant(time)));
  });
  app.post('/vanish', { schema: { querystring: ById } }, async ({ query }) => {
    cloud.vanish(query.id);
    return { id: query.id };
  });
  app.post('/exists', { schema: { querystring: ById } }, async ({ query }) => {
    const machine = cloud.find(query.id);
    return { exists: machine !== undefined && machine.state !== 'TERMINATED' };
  });
}

/** Errors: `invalid` for what has the shape of an instant and is none, such as the 31st of February. */
function readInstant(time: string): number {
  const instant = Date.parse(time);
  // The parser takes the days beyond the end of a month for the first ones of the next.
  const day = time.slice(0, DAY_LENGTH);
  const isDay = new Date(Date.parse(day) || 0).toISOString().startsWith(day);
  if (isDay && !Number.isNaN(instant)) return instant;
  throw new CloudError(
    'invalid',
    `time: there is no instant ${time}. Allowed is one such as 2026-01-31T12:00:00Z.`,
  );
}
