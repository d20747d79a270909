import type { App, AppParts } from './parts.ts';
import { describeSettings } from './settings.ts';

const CONTROLS = [
  'reset, down, up, spawn',
  'failStart?on=true|false, failTerminate?on=true|false, bootState?state=RUNNING|PENDING|REQUESTED',
  'setState?id=&state=, setLaunch?id=&time=, vanish?id=, exists?id=',
  'latency?ms=, bootTime?ms=, endTime?ms=, quota?max=, throttle?perSecond=',
];

/** `GET /` says in words what is on, and what there is; `GET /status` says it to programs. */
export function addStatusRoutes(app: App, { cloud, clock, calls }: AppParts): void {
  app.get('/', async (_request, reply) => {
    const counts = Object.entries(cloud.countByState()).map(([state, count]) => `${count} ${state}`);
    const troubles = describeSettings(cloud.settings);
    const lines = [
      'A simulated cloud for Poolkeeper: no machine in it is real.',
      `Machines: ${counts.length === 0 ? 'none' : counts.join(', ')}.`,
      ...(troubles.length === 0 ? ['All is well.'] : troubles),
      '',
      'API: POST and GET /machines, GET and DELETE /machines/{id}, GET, PUT and PATCH /machines/{id}/tags',
      'Control: POST /…',
      ...CONTROLS.map((line) => `  ${line}`),
    ];
    return reply.type('text/plain; charset=utf-8').send(`${lines.join('\n')}\n`);
  });
  app.get('/status', async () => ({
    at: clock.now(),
    machines: cloud.countByState(),
    settings: cloud.settings,
    troubles: describeSettings(cloud.settings),
    calls: Object.fromEntries(calls),
  }));
}
