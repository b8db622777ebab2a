/** Fates by chance: each history draws which kinds of faults it has, how often, and until when. */
import { below, chosen, type Choices } from '../support/choices.js';
import type { CallPlace, Fate, Fates, World } from './world.js';

/** Everything that can befall a call, apart from being slow. */
export const CALL_FAULTS = [
  'refused',
  'request lost',
  'answer lost',
  'late effect',
  'killed before',
  'killed after',
  'stopped before',
  'stopped after',
] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

export interface Weather {
  /** Chance of each fault at a call. */
  readonly rates: ReadonlyMap<CallFault, number>;
  /** Part of a call's name at which faults are ten times as likely: a fault that needs two at one place is found sooner. */
  readonly focus: string | null;
  /** After so many faults none comes any more: work has to get on, or faults meet nothing but starts. */
  readonly faultsMax: number;
  /** Faults stop here. */
  readonly calmFromMs: number;
  /** A stop is as long as this, or twice as long: longer than the session of its process. */
  readonly stopMs: number;
}

const RATES = [0.002, 0.01, 0.03, 0.06];
const FAULTS_MAX = [1, 3, 6, 12, 25];
export const FOCUSES = [
  'redis',
  'kafka',
  'dragomanWrite',
  'dragomanLoad',
  'endTxn',
  'addPartitions',
  'produce',
  'Offsets',
  null,
  null,
  null,
];

/** Half of the kinds are absent: histories with few kinds go deeper into each. */
export function weather(random: Choices, limits: { readonly calmFromMs: number; readonly stopMs: number }): Weather {
  const rates = new Map<CallFault, number>();
  for (const fault of CALL_FAULTS) if (random() < 0.5) rates.set(fault, chosen(random, RATES));
  return { rates, focus: chosen(random, FOCUSES), faultsMax: chosen(random, FAULTS_MAX), ...limits };
}

const FOCUS_TIMES = 10;
/** Calls that matter little by themselves, and that a start makes dozens of. */
const CHATTER = /connect|metadata|listOffsets|findCoordinator|Group|heartbeat|fetch$|commands|inputEnds/;
const CHATTER_TIMES = 0.1;
/** Longer than any time-out of a client. */
const LATE_MS = 20_000;

export function chanceFates(
  { rates, focus, faultsMax, calmFromMs, stopMs }: Weather,
  isLeftOut: (n: number) => boolean,
): Fates {
  let drawn = 0;
  return ({ name }: CallPlace, world: World): Fate => {
    const { random } = world;
    const usual = { requestMs: delayMs(random), answerMs: delayMs(random), breakMs: null, end: null, fault: null };
    if (world.nowMs >= calmFromMs || drawn >= faultsMax) return usual;
    const times = focus !== null && name.includes(focus) ? FOCUS_TIMES : CHATTER.test(name) ? CHATTER_TIMES : 1;
    for (const [fault, rate] of rates) {
      if (random() >= Math.min(0.3, rate * times)) continue;
      drawn += 1;
      const fate = fateOf(fault, { usual, random, stopMs });
      if (!isLeftOut(drawn)) return { ...fate, fault: `${fault} #${drawn}` };
    }
    return usual;
  };
}

interface Draw {
  readonly usual: Fate & { readonly requestMs: number };
  readonly random: Choices;
  readonly stopMs: number;
}

function fateOf(fault: CallFault, { usual, random, stopMs }: Draw): Fate {
  const soon = random() * 5;
  const forMs = stopMs * (1 + below(random, 2)) * (0.5 + random());
  switch (fault) {
    case 'refused':
      return { ...usual, requestMs: null, breakMs: soon };
    case 'request lost':
      return { ...usual, requestMs: null, breakMs: random() < 0.5 ? null : soon };
    case 'answer lost':
      return { ...usual, answerMs: null, breakMs: random() < 0.5 ? null : usual.requestMs + soon };
    case 'late effect':
      return {
        ...usual,
        requestMs: random() * (random() < 0.5 ? 2_000 : LATE_MS),
        breakMs: random() < 0.3 ? null : soon,
      };
    case 'killed before':
      return { ...usual, requestMs: null, end: { kind: 'kill', afterMs: 0, forMs } };
    case 'killed after':
      return {
        ...usual,
        requestMs: random() < 0.7 ? usual.requestMs : random() * 20_000,
        end: { kind: 'kill', afterMs: soon, forMs },
      };
    case 'stopped before':
      return {
        ...usual,
        requestMs: random() < 0.5 ? usual.requestMs : forMs * random(),
        end: { kind: 'stop', afterMs: 0, forMs },
      };
    case 'stopped after':
      return { ...usual, end: { kind: 'stop', afterMs: soon, forMs } };
  }
}

/** Mostly a moment; now and then long enough for others to come in between. */
function delayMs(random: Choices): number {
  const draw = random();
  if (draw < 0.7) return random() * 2;
  if (draw < 0.97) return random() * 20;
  return random() * 300;
}
