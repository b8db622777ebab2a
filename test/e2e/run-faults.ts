/** The run with faults: every 5 to 10 seconds something is killed or emptied. */
import { Arrivals } from './arrivals.js';
import { faultPlan, Faults, type FaultKind, type PlannedFault } from './faults.js';
import { runPlot, type Act, type PlotOptions, type PlotResult } from './run-plot.js';
import type { RunTools } from './tools.js';

export interface RunOptions extends PlotOptions {
  /** A kind may come several times in a round. */
  readonly faults: readonly FaultKind[];
  /** Each kind of fault happens so often at least, if need be after the last order. */
  readonly roundsMin: number;
  /** Instead of the plan that the seed gives. */
  readonly plan?: readonly PlannedFault[];
  /** Before the first fault. */
  readonly before?: (act: Act) => Promise<void>;
  /** Once there are no more faults. */
  readonly afterwards?: (act: Act) => Promise<void>;
}

export interface RunResult extends PlotResult {
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly connectorRestarts: number;
}

export async function runWithFaults(options: RunOptions, tools: RunTools): Promise<RunResult> {
  let faults: Faults | undefined;
  const result = await runPlot(options, tools, async (act) => {
    const { scene, boundaries, keepers, say, signal } = act;
    const written = await Arrivals.watch({
      kafka: scene.kafka(),
      topic: scene.journalTopic,
      groupId: `${scene.namespace}-written`,
      isolation: 'read_uncommitted',
    });
    tools.cleanup.add(() => written.close());
    const doing = new Faults({
      ...{ stack: tools.stack, keepers, connector: scene.connector, boundaries, written, say },
      isQuiet: act.workloadIsDone,
    });
    faults = doing;
    await options.before?.(act);
    const isEnough = (): boolean =>
      options.plan === undefined &&
      act.workloadIsDone() &&
      options.faults.every((kind) => doing.done[kind] >= options.roundsMin);
    await doing.run(options.plan ?? faultPlan(options.seed, options.faults), isEnough, signal);
    await options.afterwards?.(act);
  });
  const done = faults?.done ?? { redis: 0, flush: 0, connect: 0 };
  return {
    ...result,
    faults: { ...done, dragoman: result.dragoman.kills },
    connectorRestarts: faults?.taskRestarts ?? 0,
  };
}
