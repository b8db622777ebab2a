/**
 * A market is with the new service, and somebody writes beside it, or it does itself what it must not: before the move, by an epoch of before the way back, with
 * wrong ids and numbers, of contracts that do not exist, in broken JSON. Each record is found by its code, once, and counted by the metric; `dragoman routes
 * findings` lists each of them; and of the right events none is lost, late or taken for another.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { dragomanCommand } from '../../dragoman/command.js';
import { patiently } from '../../stack/patience.js';
import { cutoverCounts, detailsOf, wrongCounts } from '../cutover/result.js';
import { runCutover, type Story } from '../cutover/run-cutover.js';
import { Misdeeds } from '../cutover/misdeeds.js';
import type { Scenario } from './scenario.js';

const RATE = 150;
const BASELINE_MS = 3_000;
const QUIET_MS = 5_000;
const STANDS_STILL_MS = 30_000;

export const cutoverMisbehaving: Scenario = async ({ rate = RATE, connections, seed }, ground) => [
  await ground.use({}, async (tools) => {
    const told: Told = { misdeeds: null, counted: 0, listed: [] };
    const options = {
      ...{ rate, connections, seed, baselineMs: BASELINE_MS },
      story: (story: Story) => misbehave(story, told),
      isStrange: ({ partition, offset }: { partition: number; offset: number }) =>
        told.misdeeds?.committed.some(({ place }) => place === `${partition}/${offset}`) === true,
    };
    const result = await runCutover(options, tools);
    const committed = told.misdeeds?.committed ?? [];
    const wanted = committed.flatMap(({ code, place }) => (code === null ? [] : [`${code} ${place}`]));
    const found = result.verdict.findings.map(
      ({ refusal, original }) => `${refusal.code} ${original.partition}/${original.offset}`,
    );
    const differences = {
      'misdeeds that were not found': without(wanted, found).length,
      'findings that are none': without(found, wanted).length,
      'misdeeds that are not listed': without(wanted, told.listed).length,
      'listed, and no misdeeds': without(told.listed, wanted).length,
      'misdeeds that the metric did not count': wanted.length - told.counted,
    };
    // What was found is counted apart; `conform` finds it, too.
    const wrong = Object.entries(wrongCounts(result)).filter(([name]) => !name.startsWith('findings of'));
    const counts = { misdeeds: wanted.length, 'codes among them': new Set(wanted.map(codeOf)).size, ...differences };
    return {
      counts: cutoverCounts(result, counts),
      right: [...wrong, ...Object.entries(differences)].every(([, count]) => count === 0),
      verdict: result.verdict,
      details: { committed, found, listed: told.listed, ...detailsOf(result) },
    };
  }),
];

interface Told {
  misdeeds: Misdeeds | null;
  /** By Dragoman's metric. */
  counted: number;
  /** Code and place. */
  listed: readonly string[];
}

const codeOf = (text: string): string => text.slice(0, text.indexOf(' '));

/** Each as often as it is there. */
function without(all: readonly string[], these: readonly string[]): string[] {
  const left = [...these];
  return all.filter((each) => {
    const at = left.indexOf(each);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

async function misbehave({ scene, moves, service, keeper, say }: Story, told: Told): Promise<void> {
  const misdeeds = new Misdeeds(scene, moves.partitions);
  told.misdeeds = misdeeds;
  await delay(QUIET_MS);
  await misdeeds.commit(misdeeds.early('DE'));
  await moves.move('DE', 'service');
  await service.untilDoor('DE', true);
  await delay(QUIET_MS);
  const text = `SELECT min(ord_no)::text FROM oms.ord_hdr WHERE mkt_cd = 'DE' AND chnl_cd <> 'NEXT'`;
  await misdeeds.commit(misdeeds.faulty('DE', 1, (await scene.legacy.value(text)) ?? ''));
  say('the service, or somebody in its name, did everything wrong that it may');
  await delay(QUIET_MS);
  await moves.move('DE', 'legacy');
  await misdeeds.commit(misdeeds.zombie('DE', 1));
  say('a zombie published after the way back');
  const wanted = misdeeds.committed.filter(({ code }) => code !== null).length;
  const holds = async (): Promise<boolean> => {
    const samples = await keeper.current.metric('dragoman_told_findings_total');
    told.counted = [...samples.values()].reduce((sum, count) => sum + count, 0);
    return told.counted >= wanted;
  };
  await patiently({ holds, signs: () => told.counted, quietMaxMs: STANDS_STILL_MS });
  const { output } = await dragomanCommand(['routes', 'findings', '--json', '-c', scene.configFile]);
  const line = output.split('\n').find((each) => each.startsWith('{')) ?? '{}';
  const { findings = [] } = JSON.parse(line) as { findings?: readonly Listed[] };
  told.listed = findings.map(({ code, partition, offset }) => `${code} ${partition}/${offset}`);
  await delay(QUIET_MS);
}

interface Listed {
  readonly code: string;
  readonly partition: number;
  readonly offset: number;
}
