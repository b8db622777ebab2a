/** What the log says of a task that waits for a person, by the events that a real task tells while it tries again and again. */
import { beforeAll, expect, it } from 'vitest';
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { DragomanError } from '../../../src/errors.js';
import type { PipelineEvent } from '../../../src/pipeline/events.js';
import type { Source } from '../../../src/pipeline/ports.js';
import { Task } from '../../../src/pipeline/task.js';
import { logObserver } from '../../../src/server/log-observer.js';
import { createLogger } from '../../../src/server/logger.js';
import { CutRecording, Offsets } from '../../support/recorded/cut.js';
import { replaced } from '../../support/replaced.js';
import { retailerRules, Rig, type RigPorts } from '../../support/rig.js';
import { waitsTakeNoTime } from '../../support/waits.js';
import { ORDERS } from '../../support/pipeline/orders.js';

waitsTakeNoTime();

const recording = new CutRecording('postgres/01-lifecycle');
const TRIES = 3;
let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

/** As with a broker: right after a seek nothing is fetched yet, so there seems to be nothing to read, until writer and reader are idle. */
function slow(source: Source): Source {
  let waits = 0;
  return replaced(source, {
    seek: (offsets) => {
      waits = 0;
      return source.seek(offsets);
    },
    take: (partition) => (waits >= WAITS_UNTIL_FETCHED ? source.take(partition) : undefined),
    wait: async (timeoutMs) => {
      await source.wait(timeoutMs);
      waits += 1;
    },
  });
}

const WAITS_UNTIL_FETCHED = 3;

/** Lines at info and above, of a task that meets `code` so many times. */
async function linesOf(rig: Rig, ports: RigPorts, code: string, onEvent: (event: PipelineEvent) => void = () => {}) {
  const lines: string[] = [];
  const write = (line: string): void => {
    const { level, msg } = JSON.parse(line) as { level: string; msg: string };
    lines.push(`${level} ${msg}`);
  };
  const log = logObserver(createLogger({ level: 'info', format: 'json' }, { write }), ORDERS);
  const told: PipelineEvent[] = [];
  let failed = 0;
  const observe = (event: PipelineEvent): void => {
    told.push(event);
    log(event);
    onEvent(event);
    if (event.kind === 'failed' && event.code === code && (failed += 1) === TRIES) task.stop();
  };
  const task = new Task({ ...ports, clock: { nowMs: () => 0 }, observe }, rig.settings());
  await task.run();
  return { lines, told };
}

const count = (lines: readonly string[], text: RegExp): number => lines.filter((line) => text.test(line)).length;

it('a refusal that can never pass is said once, though each try runs and is idle until it has read that far', async () => {
  const rig = new Rig(new Offsets().append(recording.between(5)), { rules, source: { beginning: 'snapshot' } });
  const ports = rig.ports();
  const { lines, told } = await linesOf(rig, { ...ports, source: slow(ports.source) }, 'BEGINNING_UNKNOWN');
  expect(told.filter(({ kind }) => kind === 'failed')).toHaveLength(TRIES);
  expect(told.filter(({ kind }) => kind === 'idle').length).toBeGreaterThanOrEqual(TRIES - 1);
  expect(count(lines, /^error Source legacy has no baseline/)).toBe(1);
  expect(count(lines, /goes on/)).toBe(0);
  expect(count(lines, /^warn nothing is published yet/)).toBe(1);
  expect(count(lines, /^info task is running$/)).toBe(1);
});

it('a transaction that is held is said once, though each try begins without it, and not that it is held no more', async () => {
  const records = recording.between(0);
  const lost = records.findIndex(({ topic, value }) => topic === 'legacy.oms.ord_line' && value?.includes('"op":"u"'));
  const rig = new Rig(records.toSpliced(lost, 1), { rules });
  const ports = rig.ports();
  const fetched = slow(ports.source);
  let [heldTold, isAway] = [0, false];
  // Once it is held, something else ends the try.
  const source = replaced(fetched, {
    wait: (timeoutMs) =>
      isAway ? Promise.reject(new DragomanError('KAFKA_UNAVAILABLE', 'away')) : fetched.wait(timeoutMs),
  });
  const { lines } = await linesOf(rig, { ...ports, source }, 'KAFKA_UNAVAILABLE', (event) => {
    if (event.kind === 'failed') isAway = false;
    if (event.kind !== 'sequenced' || event.held === null) return;
    heldTold += 1;
    isAway = true;
  });
  expect(heldTold).toBeGreaterThanOrEqual(TRIES);
  expect(count(lines, /^warn away/)).toBe(TRIES);
  expect(count(lines, /^error transaction .* is held/)).toBe(1);
  expect(count(lines, /no transaction is held/)).toBe(0);
});

it('several that are held are said once each, and the end when none is, in whichever life', () => {
  const lines: string[] = [];
  const write = (line: string): void => {
    lines.push((JSON.parse(line) as { msg: string }).msg);
  };
  const log = logObserver(createLogger({ level: 'info', format: 'json' }, { write }), ORDERS);
  const tell = (...ids: readonly string[]): void => {
    const allHeld = ids.map((transaction) => ({
      ...{ transaction, code: 'TRANSACTION_WITHOUT_END' as const, text: 'why', isWaitedFor: true, sinceMs: null },
    }));
    const counts = {
      transactions: 0,
      empty: 0,
      headless: 0,
      baselineRows: 0,
      openTransactions: 0,
      heldRows: 0,
      oldestOpenTimeMs: null,
      gaps: 0,
    };
    log({ kind: 'sequenced', source: 'legacy', ...counts, allHeld, held: allHeld[0] ?? null });
  };
  const begin = (): void => log({ kind: 'state', state: 'running', reason: null });
  begin();
  for (const ids of [['1'], ['1', '2'], ['2'], ['2', '1']]) tell(...ids);
  expect(lines.filter((line) => line.includes('is held'))).toEqual(
    ['1', '2', '1'].map((id) => `transaction ${id} is held: why`),
  );
  begin();
  for (const ids of [[], ['2'], ['1', '2']]) tell(...ids);
  expect(lines.filter((line) => line.includes('is held'))).toHaveLength(3);
  for (const ids of [['1'], [], []]) tell(...ids);
  expect(lines.filter((line) => line === 'no transaction is held any more')).toHaveLength(1);
});
