/**
 * Says where a CPU profile spent its time: `node bench/profile.ts FILE.cpuprofile [lines]`.
 *
 * Self time of each function, as a share of the time in which the thread was not idle.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const LINES_DEFAULT = 40;

type CallFrame = { readonly functionName: string; readonly url: string; readonly lineNumber: number };
type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

const file = process.argv[2];
if (file === undefined) {
  console.error('usage: node bench/profile.ts FILE.cpuprofile [lines]');
  process.exit(2);
}
const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
const nameOf = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOfFrame(callFrame)]));
const selfMicros = new Map<string, number>();
profile.samples.forEach((id, index) => {
  const name = nameOf.get(id) as string;
  selfMicros.set(name, (selfMicros.get(name) ?? 0) + (profile.timeDeltas[index] ?? 0));
});
const idleMicros = selfMicros.get('(idle)') ?? 0;
const allMicros = [...selfMicros.values()].reduce((sum, micros) => sum + micros, 0);
const busyMicros = allMicros - idleMicros;
console.log(
  `${(allMicros / 1e6).toFixed(1)} s, of which ${((busyMicros / allMicros) * 100).toFixed(0)} % busy`,
);
const ranked = [...selfMicros].filter(([name]) => name !== '(idle)').toSorted((a, b) => b[1] - a[1]);
for (const [name, micros] of ranked.slice(0, Number(process.argv[3] ?? LINES_DEFAULT))) {
  console.log(`${((micros / busyMicros) * 100).toFixed(1).padStart(5)} %  ${name}`);
}

function nameOfFrame({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const place = url.startsWith('file:') ? relative(process.cwd(), fileURLToPath(url)) : url;
  return `${name}  ${place.replace(/^.*node_modules\//, '')}:${lineNumber + 1}`;
}
