/** Keys under `pipelines`: which sources feed which pipeline, and what is fixed about each source. */
import { z } from 'zod';
import { BEGINNING_POLICIES } from '../../domain/source/beginning.js';
import { delimiterOf, PLACEHOLDERS } from '../../domain/source/topic-pattern.js';
import { key, whole } from './key.js';

/** Topic names as Kafka allows them, short enough for a suffix. */
const topicName = (): z.ZodString =>
  z.string().regex(/^[a-zA-Z0-9._-]{1,200}$/, 'expected a topic name: letters, digits, dot, underscore, hyphen');

/** Each table has a topic of its own, so `{table}` is in it. */
const topicPattern = (): z.ZodString =>
  z
    .string()
    .refine(
      (pattern) => pattern.includes('{table}') && /^[a-zA-Z0-9._-]{0,200}$/.test(pattern.replace(PLACEHOLDERS, '')),
      'expected a topic name with {table} in it, and of {prefix}, {database}, {schema} what is needed: {prefix}_{schema}_{table}',
    );

const sourceKeys = z
  .strictObject({
    name: key(
      topicName().refine((name) => !(name in {}), 'expected a name that no object of JavaScript has by itself'),
      "The connector's `topic.prefix`; it names the source for ever, in positions and `causationId`.",
    ),
    connector: key(
      z.enum(['postgresql', 'mysql', 'mariadb', 'sqlserver', 'oracle', 'db2']).default('postgresql'),
      'Which Debezium connector writes the topics.',
    ),
    mode: key(
      z.enum(['exact', 'position', 'arrival']).default('exact'),
      'How source transactions are rebuilt; `exact` needs `provide.transaction.metadata=true` (docs/sequencing.md).',
    ),
    transactionTopic: key(
      topicName().optional(),
      'Topic of the transaction boundaries; it has one partition. With `topics` its default has the delimiter of the pattern.',
      {
        defaultText: '`<name>.transaction`',
      },
    ),
    heartbeatTopic: key(
      topicName().nullable().optional(),
      "The connector's heartbeats, which move the clock of timers while no transaction comes (docs/retiring.md); null: they are not looked for.",
      { defaultText: '`__debezium-heartbeat.<name>`' },
    ),
    topicPrefix: key(
      topicName().optional(),
      'Table topics are `<topicPrefix>.<schema>.<table>`, or as `topics` says.',
      {
        defaultText: '`<name>`',
      },
    ),
    topics: key(
      topicPattern().nullable().default(null),
      'Pattern of the names of table topics, for `topic.delimiter`, another naming strategy or a routing transform: ' +
        '`{prefix}_{schema}_{table}` (docs/topics.md). Null: as the connector names them by itself.',
    ),
    gaps: key(
      z.enum(['refuse', 'report']).default('refuse'),
      'A break in the chain of source transactions: stop, or count it and go on (non-transactional logical messages make some).',
    ),
    unplaced: key(
      z.enum(['refuse', 'report']).default('refuse'),
      'A row whose aggregate cannot be known: stop, or make it a dead letter and go on without it.',
    ),
    graceMs: key(
      whole(0, 600_000).default(2_000),
      'Position mode: a transaction waits so long after a row of a later one, for rows that are on their way to other partitions.',
    ),
    incomplete: key(
      z.enum(['hold', 'quarantine']).default('hold'),
      'A transaction that lacks rows, has too many or never ended: hold the source until somebody decides, or park what it touches and go on.',
    ),
    incompleteAfterMs: key(
      whole(0, 86_400_000).default(600_000),
      'How long such a transaction is held before it is put in quarantine, with `incomplete: quarantine`.',
    ),
    beginning: key(
      z.enum(BEGINNING_POLICIES).default('snapshot'),
      'What the first start stands on: `snapshot` demands one as the first thing in the topics; `late` publishes nothing until one told of every ' +
        'table; `empty`: the tables were empty (docs/beginning.md).',
    ),
    epoch: key(
      whole(0, 1_000_000).default(0),
      'Raise it when positions of the source start again (restore, failover).',
    ),
  })
  .transform((source) => ({
    ...source,
    transactionTopic: source.transactionTopic ?? `${source.name}${delimiterOf(source.topics)}transaction`,
    heartbeatTopic:
      source.heartbeatTopic === undefined
        ? `__debezium-heartbeat${delimiterOf(source.topics)}${source.name}`
        : source.heartbeatTopic,
    topicPrefix: source.topicPrefix ?? source.name,
  }));

/** A source with every default filled in. @throws what zod throws */
export const sourceOf = (source: z.input<typeof sourceKeys>): z.output<typeof sourceKeys> => sourceKeys.parse(source);

const pipelineName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/,
    'a pipeline is named by up to 40 lower-case letters, digits and hyphens',
  );

export const pipelineKeys = key(
  z
    .record(
      pipelineName,
      z.strictObject({
        sources: key(z.array(sourceKeys).min(1), 'The sources whose rows feed the aggregates of this pipeline.'),
        qualifier: key(
          z
            .string()
            .regex(/^[a-z0-9]([a-z0-9-]{0,14}[a-z0-9])?$/, 'expected up to 16 lower-case letters, digits and hyphens')
            .nullable()
            .default(null),
          'Stands before the key of each aggregate (`de/4711`) in ids, record keys and event ids: for legacy databases that use the same order ' +
            'numbers (docs/qualifier.md). Fixed once used.',
        ),
        shards: key(
          whole(1, 64).default(1),
          'Tasks that divide the aggregates of this pipeline among them; each reads all of its input (docs/shards.md). Needs `mode: exact` for ' +
            'every source, and divides the partitions of journal, state and contract topics. Fixed once used.',
        ),
      }),
    )
    .default({}),
  'Pipelines by name; `run` needs at least one. As a variable: YAML or JSON.',
);
