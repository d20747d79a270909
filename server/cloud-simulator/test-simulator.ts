import type { FastifyInstance } from 'fastify';
import { VirtualTime } from '../virtual-time.ts';
import { Cloud } from './cloud.ts';
import type { CloudInput } from './cloud.ts';
import { createSimulatorApp } from './simulator-app.ts';

/** A cloud whose time passes when it is told to, and whose ids count up. */
export function aCloud(overrides: Partial<CloudInput> = {}): { cloud: Cloud; time: VirtualTime } {
  const time = new VirtualTime();
  let made = 0;
  const cloud = new Cloud({ clock: time, newId: () => `i-${(made += 1)}`, ...overrides });
  return { cloud, time };
}

/** The same behind its HTTP application, which does not listen. */
export function aSimulatorApp(overrides: Partial<CloudInput> = {}): {
  app: FastifyInstance;
  cloud: Cloud;
  time: VirtualTime;
} {
  const { cloud, time } = aCloud(overrides);
  return { app: createSimulatorApp({ cloud, clock: time, timers: time }), cloud, time };
}
