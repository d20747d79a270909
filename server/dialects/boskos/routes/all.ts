import type { Endpoint } from '../endpoint.ts';
import { acquireByState } from './acquire-by-state.ts';
import { acquire } from './acquire.ts';
import { lifeCycles } from './life-cycles.ts';
import { metric } from './metric.ts';
import { release } from './release.ts';
import { reset } from './reset.ts';
import { update } from './update.ts';

export const ENDPOINTS: readonly Endpoint[] = [
  acquire,
  acquireByState,
  release,
  update,
  reset,
  metric,
  lifeCycles,
];
