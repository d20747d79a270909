import type { Plant } from './plant.ts';

export const PLANTS: Readonly<Record<string, Plant>> = {};
