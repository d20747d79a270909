/**
 * Says where a CPU profile spent its time: `node bench/profile.ts FILE.cpuprofile [lines] [skipped seconds]`.
 *
 * Shares are of the time in which the thread was not idle, after the skipped seconds, in which a server starts.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const LINES_DEFAULT = 40;
const SKIPPED_SECONDS_DEFAULT = 3;
const NO_WORK = new Set(['(idle)', '(root)']);

type CallFrame = { readonly functionName: string; readonly url: string; readonly lineNumber: number };
type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

/** Self time in microseconds by whatever names a frame; idle time is left out. */
function selfTimes(
  profile: Profile,
  skipped: number,
  nameOf: (frame: CallFrame) => string,
): Map<string, number> {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, number>();
  let at = 0;
  profile.samples.forEach((id, index) => {
    const micros = profile.timeDeltas[index] ?? 0;
    at += micros;
    const frame = names.get(id) as CallFrame;
    if (at < skipped * 1e6 || NO_WORK.has(frame.functionName)) return;
    times.set(nameOf(frame), (times.get(nameOf(frame)) ?? 0) + micros);
  });
  return times;
}

function placeOf({ url }: CallFrame): string {
  const place = url.startsWith('file:') ? relative(process.cwd(), fileURLToPath(url)) : url;
  return place.replace(/^.*node_modules\//, '');
}

function functionOf(frame: CallFrame): string {
  const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
  return frame.url === '' ? name : `${name}  ${placeOf(frame)}:${frame.lineNumber + 1}`;
}

/** A room of ours, a package, a part of the runtime, or a native function. */
function areaOf(frame: CallFrame): string {
  const place = placeOf(frame);
  if (place === '') return frame.functionName === '' ? '(generated code)' : frame.functionName;
  if (place.startsWith('node:'))
    return `node:${
      place
        .slice(5)
        .replace(/^internal\//, '')
        .split('/')[0]
    }`;
  const depth = place.startsWith('server/') || place.startsWith('@') ? 2 : 1;
  return place.split('/').slice(0, depth).join('/');
}

function print(times: ReadonlyMap<string, number>, lines: number): void {
  const all = [...times.values()].reduce((sum, micros) => sum + micros, 0);
  const ranked = [...times].toSorted((a, b) => b[1] - a[1]).slice(0, lines);
  for (const [name, micros] of ranked)
    console.log(`${((micros / all) * 100).toFixed(1).padStart(5)} %  ${name}`);
}

const [file, lines = LINES_DEFAULT, skipped = SKIPPED_SECONDS_DEFAULT] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node bench/profile.ts FILE.cpuprofile [lines] [skipped seconds]');
  process.exit(2);
}
const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
console.log('by area');
print(selfTimes(profile, Number(skipped), areaOf), Number(lines));
console.log('\nby function');
print(selfTimes(profile, Number(skipped), functionOf), Number(lines));
