/**
 * A .cpuprofile of V8 -> self time by function. Pure. Format: Chrome DevTools Protocol, Profiler.Profile; `timeDeltas[i]` is the
 * time between sample i-1 and sample i, which is given to sample i-1.
 */

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** Microseconds; `startTime` has no meaning by itself. */
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly name: string;
  /** `src/decode/decoder.ts:41`, `kafkajs/src/...:12`, `node:buffer`, or empty for V8's own. */
  readonly place: string;
  readonly micros: number;
}

/** Microseconds from the beginning of the profile. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

const IDLE = '(idle)';

/** Most time first; time without work is left out. */
export function selfTimes(profile: CpuProfile, { from, to }: Window): SelfTime[] {
  const micros = new Map<number, number>();
  let at = 0;
  for (const [i, node] of profile.samples.entries()) {
    at += profile.timeDeltas[i] ?? 0;
    const length = profile.timeDeltas[i + 1] ?? 0;
    if (at >= from && at < to) micros.set(node, (micros.get(node) ?? 0) + length);
  }
  const byFunction = new Map<string, SelfTime>();
  for (const { id, callFrame } of profile.nodes) {
    const own = micros.get(id) ?? 0;
    const name = callFrame.functionName || '(anonymous)';
    if (own === 0 || name === IDLE) continue;
    const place = placeOf(callFrame);
    const key = `${name} ${place}`;
    byFunction.set(key, { name, place, micros: (byFunction.get(key)?.micros ?? 0) + own });
  }
  return [...byFunction.values()].sort((a, b) => b.micros - a.micros);
}

/** The same by part: a folder of `src/`, a package, node itself, V8's own. */
export function selfTimesByPart(times: readonly SelfTime[]): SelfTime[] {
  const parts = new Map<string, number>();
  for (const { name, place, micros } of times) {
    const part = partOf(name, place);
    parts.set(part, (parts.get(part) ?? 0) + micros);
  }
  return [...parts].map(([name, micros]) => ({ name, place: '', micros })).sort((a, b) => b.micros - a.micros);
}

function partOf(name: string, place: string): string {
  if (place === '') return name.startsWith('(') && name !== '(anonymous)' ? name : '(native)';
  if (place.startsWith('node:')) return 'node';
  const folders = place.split('/');
  if (folders[0] === 'src') return folders.slice(0, folders[1] === 'adapters' ? 3 : 2).join('/');
  return folders[0] ?? place;
}

function placeOf({ url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  if (url === '') return '';
  if (url.startsWith('node:')) return url;
  const path = decodeURIComponent(url);
  const inPackage = path.lastIndexOf('/node_modules/');
  const inBuild = path.lastIndexOf('/dist/src/');
  const short =
    inPackage !== -1
      ? path.slice(inPackage + '/node_modules/'.length)
      : inBuild !== -1
        ? path.slice(inBuild + '/dist/'.length)
        : path.slice(path.lastIndexOf('/') + 1);
  return `${short}:${lineNumber + 1}`;
}
