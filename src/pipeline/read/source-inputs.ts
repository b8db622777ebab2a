/** Config of the sources and committed progress -> decoders and sequencers, ready to read on. */
import { isForeignOf } from '../../changeset/sharing.js';
import { type ConnectorName, CONNECTORS } from '../../decode/connectors/connectors.js';
import { Decoder } from '../../decode/decoder.js';
import { markTopicOf, topicOf } from '../../decode/topic-names.js';
import { ANNOTATION_ROWS, isTelling } from '../../domain/source/annotation.js';
import type { BeginningPolicy } from '../../domain/source/beginning.js';
import type { Shard } from '../../domain/shard.js';
import { DragomanError } from '../../errors.js';
import type { CompiledRules } from '../../rules/compile.js';
import { type Frontier, NEW_LOG, NO_FRONTIER } from '../../sequence/frontier/frontier.js';
import { beginningUnknown, type KnowledgeSettings } from '../../sequence/snapshots/knowledge.js';
import { Sequencer } from '../../sequence/sequencer.js';
import type { Mode } from '../../domain/source/mode.js';
import type { SourceInput } from './input.js';
import type { BrokerClock } from '../timers/broker-clock.js';
import { SourceTime } from '../timers/source-time.js';
import { knownOf } from '../progress/known-tables.js';
import type { Bounds } from '../ports.js';
import type { Progress, SourceProgress } from '../progress/progress.js';
import { topicName } from '../topic-name.js';

export interface SourceSettings {
  readonly name: string;
  readonly connector: ConnectorName;
  readonly mode: Mode;
  readonly topicPrefix: string;
  /** Pattern of the names of table topics; null: the connector's own. */
  readonly topics: string | null;
  readonly transactionTopic: string;
  /** Raised by the operator when the source's positions start again. */
  readonly epoch: number;
  readonly gaps: 'refuse' | 'report';
  readonly graceMs: number;
  readonly incomplete: 'hold' | 'quarantine';
  readonly incompleteAfterMs: number;
  readonly beginning: BeginningPolicy;
}

export interface InputSettings {
  readonly sources: readonly SourceSettings[];
  readonly rules: CompiledRules;
  readonly qualifier: string | null;
  readonly shard: Shard;
  readonly transactionRowsMax: number;
  readonly heldRowsMax: number;
  /** Traces that records carry are read. Absent: they are not. */
  readonly readsTraces?: true;
}

/** How things stand when a task starts. */
export interface Standing {
  readonly progress: Progress | null;
  readonly bounds: Bounds;
  readonly broker: BrokerClock;
}

/**
 * @throws DragomanError CONFIG_INVALID when a source was followed in a later epoch, or in another mode, or cannot tell what rules ask; TOPIC_MISCONFIGURED when its
 *   transaction topic has several partitions; TOPIC_MISSING when something declared has none; BEGINNING_UNKNOWN when it is new and records of it are gone.
 */
export function sourceInputs(
  { sources, rules, qualifier, shard, ...limits }: InputSettings,
  all: readonly string[],
  standing: Standing,
): SourceInput[] {
  const { progress } = standing;
  const foreignKeys = isForeignOf(rules, qualifier, shard);
  return sources.map((source) => {
    const { name, connector, mode, topicPrefix, topics, transactionTopic, epoch } = source;
    const tables = [...rules.tables.values()];
    const naming = { connector: CONNECTORS[connector], topicPrefix, topics };
    const annotations = canAnnotate(source) ? rules.annotations : [];
    const isAnnotated = annotations.length > 0;
    // An origin that nobody tells is not known; a data fix that nobody tells would be published.
    if (!isAnnotated && !rules.annotations.every(isTelling)) throw notAnnotated(source);
    const settings = { ...naming, source: name, mode, transactionTopic, tables, annotations };
    const learnsBlockless = source.beginning === 'late';
    const decoder = new Decoder({ ...settings, learnsBlockless, foreignKeys });
    const partitions = all.filter((partition) => decoder.reads(topicName(partition)));
    const partitionsOf = (topic: string): string[] => partitions.filter((partition) => topicName(partition) === topic);
    const boundaries = mode === 'exact' ? partitionsOf(transactionTopic) : [];
    if (boundaries.length > 1) throw unordered(transactionTopic, boundaries.length);
    if (mode === 'exact' && boundaries.length === 0) throw unassigned(name, [transactionTopic]);
    const partitionsByTable = new Map(
      tables.map(({ name: table }) => [
        table,
        partitions.filter((partition) => decoder.tableOf(topicName(partition)) === table),
      ]),
    );
    const unread = tables.filter((table) => partitionsByTable.get(table.name)?.length === 0);
    if (unread.length > 0)
      throw unassigned(
        name,
        unread.map((table) => topicOf(naming, table.name)),
      );
    const messagePartitions = partitionsOf(markTopicOf(naming));
    const followed = progress?.frontiers[name];
    const time = new SourceTime(followed?.timeMs ?? null, standing.broker, followed?.aheadMs);
    const sequencer = new Sequencer({
      source: name,
      mode,
      transactionPartition: mode === 'exact' ? `${transactionTopic}/0` : null,
      partitionsByTable: withAnnotations(partitionsByTable, isAnnotated ? messagePartitions : null),
      messagePartitions,
      frontier: frontierOf(followed, { name, mode, epoch }),
      gaps: source.gaps,
      transactionRowsMax: limits.transactionRowsMax,
      heldRowsMax: limits.heldRowsMax,
      knowledge: knowledgeOf(source, { partitions, partitionsByTable, messagePartitions }, standing),
      onPassed: (commitTimeMs) => time.reach(commitTimeMs),
    });
    const isAnew = isAnnotated && mode === 'exact' && followed?.isAnnotated !== true;
    const anew = isAnew ? messagePartitions : [];
    for (const partition of partitions)
      sequencer.start(
        partition,
        firstOf(partition, anew.includes(partition) ? { ...standing, progress: null } : standing),
      );
    // The transaction topic first: rows are released as soon as they are there.
    const ordered = [...boundaries, ...partitions.filter((partition) => !boundaries.includes(partition))];
    const graceMs = mode === 'position' ? source.graceMs : 0;
    const quarantineAfterMs = source.incomplete === 'hold' ? null : source.incompleteAfterMs;
    const input = { name, mode, epoch, graceMs, quarantineAfterMs, decoder, sequencer, time, partitions: ordered };
    const read = limits.readsTraces === true ? { ...input, readsTraces: true as const } : input;
    return isAnnotated ? { ...read, isAnnotated } : read;
  });
}

/** Only PostgreSQL's connector writes what a transaction is annotated with, and only with a transaction of its own does it mean anything. */
const canAnnotate = ({ connector, mode }: SourceSettings): boolean =>
  mode !== 'arrival' && CONNECTORS[connector].isAnnotation !== undefined;

/** Where logical messages are read, a transaction is whole with all of those that END counts. */
const withAnnotations = (
  partitionsByTable: ReadonlyMap<string, readonly string[]>,
  messagePartitions: readonly string[] | null,
): ReadonlyMap<string, readonly string[]> =>
  messagePartitions === null
    ? partitionsByTable
    : new Map([...partitionsByTable, [ANNOTATION_ROWS, messagePartitions]]);

interface Ground {
  readonly partitions: readonly string[];
  readonly partitionsByTable: ReadonlyMap<string, readonly string[]>;
  readonly messagePartitions: readonly string[];
}

function knowledgeOf(source: SourceSettings, ground: Ground, standing: Standing): KnowledgeSettings {
  const { progress, broker } = standing;
  const declared = [...ground.partitionsByTable.keys()];
  const { name, beginning: policy } = source;
  const followed = progress?.frontiers[name];
  if (followed !== undefined) return { policy, declared, known: knownOf(followed.known, declared) };
  const needed = ground.partitions.filter((partition) => !ground.messagePartitions.includes(partition));
  const gone = firstGone(needed, standing);
  if (gone !== null && policy !== 'late') throw beginningUnknown(name, gone);
  const known = { tables: [], begun: null, sinceMs: gone === null ? 0 : broker.nowMs, learntMs: null };
  return { policy, declared, known };
}

/** Where a partition is read from: annotations that were passed by may be of transactions that are open still, so these are read from their first. */
const firstOf = (partition: string, { progress, bounds }: Pick<Standing, 'progress' | 'bounds'>): number =>
  progress?.offsets.get(partition) ?? bounds.get(partition)?.first ?? 0;

/** A partition that is not read from its very first record, as a sentence; null: there is none. */
function firstGone(partitions: readonly string[], standing: Pick<Standing, 'progress' | 'bounds'>): string | null {
  for (const partition of partitions) {
    const first = firstOf(partition, standing);
    if (first > 0) return `${partition} begins at offset ${first}: what was in it before has expired or was deleted.`;
  }
  return null;
}

function frontierOf(
  known: SourceProgress | undefined,
  { name, mode, epoch }: Pick<SourceSettings, 'name' | 'mode' | 'epoch'>,
): Frontier {
  if (known === undefined) return NO_FRONTIER;
  if (known.epoch < epoch) return NEW_LOG;
  if (known.epoch > epoch) throw followed(name, `in epoch ${known.epoch}; the config says ${epoch}`);
  if (known.mode !== mode)
    throw followed(
      name,
      `in mode ${known.mode}; the config says ${mode}. Positions differ between modes: raise its epoch`,
    );
  return known;
}

const unordered = (topic: string, partitions: number): DragomanError =>
  new DragomanError(
    'TOPIC_MISCONFIGURED',
    `Topic ${topic} has ${partitions} partitions, and was expected to have one: only so are transactions in commit order. Re-create it ` +
      `with one partition (topics --sources does), and let the connector take a new snapshot; records that are dealt out already ` +
      `cannot be put in order again.`,
    { details: { topic, partitions } },
  );

/** What is done by hand would be published as if the business had done it. */
const notAnnotated = ({ name, connector, mode }: SourceSettings): DragomanError =>
  new DragomanError(
    'CONFIG_INVALID',
    `The rules know data fixes by annotations, and source ${name} (${connector}, mode ${mode}) tells of none: only PostgreSQL's connector writes ` +
      'them, and not in arrival mode. Their changes would be published. Declare the data fix by rows or by its time (docs/data-fixes.md).',
    { details: { source: name, connector, mode } },
  );

/** A transaction with rows of such a table would look as if it lacked them. */
const unassigned = (source: string, topics: readonly string[]): DragomanError =>
  new DragomanError(
    'TOPIC_MISSING',
    `Source ${source} has no partition of ${topics.join(', ')} to read, and was expected to have all of them: the rules declare it. Nothing ` +
      'is read before it has, because transactions with its rows could not be told from torn ones. The topic was deleted, or may not be ' +
      'described by this user: see dragoman topics --verify and dragoman doctor.',
    { details: { source, topics } },
  );

const followed = (name: string, how: string): DragomanError =>
  new DragomanError('CONFIG_INVALID', `Source ${name} was followed ${how}.`);
