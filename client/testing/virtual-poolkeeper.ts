import { createPoolkeeper } from '../create-poolkeeper.ts';
import type { Poolkeeper } from '../create-poolkeeper.ts';
import { standInFetch } from './stand-in-fetch.ts';
import type { Answer, Seen } from './stand-in-fetch.ts';
import { virtualSystem } from './virtual-system.ts';

/** Turns of the event loop in which the bodies of requests and answers are read. */
const LOOP_TURNS = 20;

/** An SDK whose server answers what a test says and whose time passes when it says so. */
export function virtualPoolkeeper(answer: (request: Seen, before: number) => Answer): {
  readonly poolkeeper: Poolkeeper;
  readonly seen: Seen[];
  readonly now: () => number;
  /** Timers that are set: none when nothing is going on any more. */
  readonly timers: () => number;
  /** Lets time pass in steps, so that what is asked in between is answered in between. */
  readonly pass: (durationMs: number, stepMs?: number) => Promise<void>;
} {
  const { fetch, seen } = standInFetch(answer);
  const system = virtualSystem();
  const poolkeeper = createPoolkeeper({ url: 'http://pool.example', token: 'pk_token', fetch, system });
  return {
    poolkeeper,
    seen,
    now: system.now,
    timers: () => system.time.pending,
    pass: async (durationMs, stepMs = durationMs) => {
      await turns();
      for (let passed = 0; passed < durationMs; passed += stepMs) {
        await system.time.advance(stepMs);
        await turns();
      }
    },
  };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < LOOP_TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
