import type { DynamicSpec, StageSpec } from '@poolkeeper/core';
import type { Endpoint } from '../endpoint.ts';
import { compareBytes, goMap, goText } from '../go-json.ts';

const PATH = '/dynamicresourcelifecycles';
const NS_PER_MS = 1_000_000;

/**
 * `GET /dynamicresourcelifecycles`: how members of the types that come and go are put together, for masons, which read it from the
 * stored objects of the original. `type` asks for one of them.
 */
export const lifeCycles: Endpoint = {
  path: PATH,
  method: 'GET',
  isReading: true,
  refuseMethod: (method) => `Method ${method}, ${PATH} only accepts GET.`,
  prefix: () => '',
  run: async ({ keeper, query, caller }) => {
    const wanted = query('type');
    const found = await keeper.read(({ pools }) =>
      [...pools.values()].flatMap(({ pool: { name, stages } }) => {
        const isAsked = wanted === '' || stages?.type === wanted;
        return stages !== undefined && isAsked && (caller.pools?.includes(name) ?? true) ? [stages] : [];
      }),
    );
    const shown = found
      .toSorted((a, b) => compareBytes(a.type, b.type))
      .flatMap((stages) => lifeCycleJson(stages) ?? []);
    return { body: `[${shown.join(',')}]\n` };
  },
};

/** As the original's client reads it; undefined for a type whose members are registered. */
function lifeCycleJson({ type, initial, dynamic }: StageSpec): string | undefined {
  if (dynamic === undefined) return undefined;
  const { min, max, lifespanMs, content, needs } = dynamic;
  const lifespan = lifespanMs === null ? '' : `,"lifespan":${BigInt(lifespanMs) * BigInt(NS_PER_MS)}`;
  const parts = Object.keys(needs).length === 0 ? '' : `,"needs":${goMap(Object.entries(needs))}`;
  return (
    `{"type":${goText(type)},"state":${goText(initial)},"min-count":${min},"max-count":${max}` +
    `${lifespan},"config":{${contentJson(content)}}${parts}}`
  );
}

function contentJson(content: DynamicSpec['content']): string {
  const members = Object.entries({ type: content?.type ?? '', content: content?.content ?? '' });
  return members.flatMap(([key, text]) => (text === '' ? [] : [`"${key}":${goText(text)}`])).join(',');
}
