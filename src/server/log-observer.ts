/**
 * Pipeline events as log lines. At info and above: what an operator acts on, with codes and the aggregate's key, never row data.
 * The hum of normal work is debug (commits, decisions) or trace (each batch and stage).
 */
import { echoWords } from '../domain/ownership/echo.js';
import { routeText } from '../domain/ownership/route.js';
import type { PipelineShard } from '../domain/shard.js';
import type { Observer, PipelineEvent } from '../pipeline/events.js';
import type { Logger } from './logger.js';
import { Holds, News, Refusals } from './said-once.js';

type EventOf<K extends PipelineEvent['kind']> = Extract<PipelineEvent, { kind: K }>;

/** One observer for each task; every line carries its pipeline, and of several shards which one it is. */
export function logObserver(logger: Logger, { pipeline, shard }: PipelineShard): Observer {
  const log = logger.child({ pipeline, ...(shard.count === 1 ? {} : { shard: shard.index }) });
  const holds = new Holds(log);
  const news = new News();
  const near = new Set<string>();
  const refusal = new Refusals(log);
  let unsafe: readonly string[] = [];
  return (event) => {
    switch (event.kind) {
      case 'consumed':
      case 'skipped':
      case 'duplicates':
      case 'orphan':
      case 'stage':
      case 'stored':
      case 'clock':
      case 'overdue':
      case 'overdueBefore':
      case 'pinned':
      case 'parity':
      case 'repaired':
      case 'ownership':
      case 'routes':
      case 'discrepancies':
      case 'idle':
        if (event.kind === 'idle') holds.idle();
        return logHum(log, event);
      case 'sequenced':
        holds.sequenced(event);
        return logHum(log, event);
      case 'decided':
        logFindings(log, event);
        logIntervention(log, news, event);
        logUnread(log, news, event);
        logNearMisses(log, news, event);
        return logDecision(log, event);
      case 'knowledge':
        return logKnowledge(log, news, event);
      case 'clockRefused': {
        const { source, commitTimeMs, brokerMs } = event;
        const fields = {
          code: 'CLOCK_SOURCES',
          source,
          commitTime: new Date(commitTimeMs).toISOString(),
          brokerTime: new Date(brokerMs).toISOString(),
        };
        return log.error(
          fields,
          'commit times of the source are over an hour ahead of the broker: timers do not follow them, so nothing is retired. Set the clock of the database or the broker right',
        );
      }
      case 'route': {
        const { contract, selector, isAsked, epoch, from, to, at, by, reason } = event;
        const route = routeText({ contract, selector });
        return log.info(
          { route, epoch, from, to, at, by, reason },
          isAsked ? 'the service is asked for a route' : 'a route was moved',
        );
      }
      case 'sweep':
        return logSweep(log, event);
      case 'parked': {
        const { aggregate, id, refusal, severity } = event;
        return log.warn({ code: refusal.code, aggregate, id, severity }, `parked: ${refusal.text}`);
      }
      case 'departure': {
        const { table, column, what, text } = event;
        return log.warn({ table, column, what }, `${text}. See docs/sentinel.md`);
      }
      case 'toldFinding': {
        const { finding, producer, place } = event;
        return log.warn({ code: finding.code, producer, ...place }, `a record of a contract topic: ${finding.text}`);
      }
      case 'handoverOverdue':
        return logHandover(log, event);
      case 'unplaced': {
        const { table, key, refusal } = event;
        return log.warn({ code: refusal.code, table, key }, `no aggregate found: ${refusal.text}`);
      }
      case 'waiting': {
        const { aggregate, parent, rows } = event;
        return log.debug(
          { aggregate, parent, rows },
          rows === 0 ? 'no row waits any more' : 'rows wait for their parent',
        );
      }
      case 'unparked':
        return log.info({ code: event.code, aggregate: event.aggregate, id: event.id }, 'unparked');
      case 'command': {
        const { text, ...fields } = event.outcome;
        const level = fields.result !== 'applied' ? 'warn' : fields.kind === 'check.report' ? 'debug' : 'info';
        return log[level](fields, `command ${fields.result}: ${text}`);
      }
      case 'checked': {
        const { check, ended, seconds } = event;
        return log[ended === 'failed' ? 'warn' : 'info']({ check, ended, seconds }, 'a run of a check ended');
      }
      case 'commandsLost': {
        const { expectedOffset, foundOffset } = event;
        if (!news.isNew('commandsLost', { expectedOffset, foundOffset })) return;
        return log.error(
          { expectedOffset, foundOffset },
          'commands were lost before they were read: check and send them again',
        );
      }
      case 'shardsDisagree': {
        const { source, transaction } = event;
        return log.error(
          { code: 'SHARDS_DISAGREE', source, transaction },
          'other shards put the transaction in quarantine, and this one does not hold it: it handed it on whole, or never read it. See what the others parked',
        );
      }
      case 'offsetsUntold':
        return log.warn({ code: event.code }, `${event.text}: tools show a lag that is none`);
      case 'parkedBefore':
        return logParkedBefore(log, news, event);
      case 'committed':
        if (event.result === 'committed') {
          refusal.over();
          holds.committed();
        }
        return logCommit(log, event);
      case 'restored': {
        const { states, seconds, whole } = event;
        const text = whole ? 'Redis restored from the whole state topic' : 'Redis brought forward from the state topic';
        return log.info({ states, seconds }, text);
      }
      case 'restoring': {
        const { states, share, statesPerSecond, leftSeconds, whole } = event;
        const percent = Math.floor(share * 100);
        return log.info({ states, percent, statesPerSecond, leftSeconds, whole }, `restoring Redis: ${percent} %`);
      }
      case 'retention': {
        const isNear = event.used >= RETENTION_WARNED;
        if (isNear) logRetention(log, event);
        else if (near.has(event.topic))
          log.info({ topic: event.topic }, 'what is needed is no longer near its deletion');
        if (isNear) near.add(event.topic);
        else near.delete(event.topic);
        return;
      }
      case 'unsafeTopics': {
        const news = event.topics.filter(({ text }) => !unsafe.includes(text));
        for (const { topic, text } of news) log.error({ topic }, text);
        unsafe = event.topics.map(({ text }) => text);
        return;
      }
      case 'state':
        if (event.state === 'running') holds.begin();
        return refusal.isRepeated(event) ? log.debug(event, `task is ${event.state} again`) : logState(log, event);
      case 'failed':
        if (!refusal.isSaid(event)) logFailure(log, event);
        return;
    }
  };
}

/** Share of the retention; the alert has the same. */
const RETENTION_WARNED = 0.5;

function logRetention(log: Logger, { topic, used, secondsLeft, recordsLeft }: EventOf<'retention'>): void {
  log.warn(
    { topic, used, secondsLeft, recordsLeft },
    `${Math.round(used * 100)} % of the retention of ${topic} is used by records that are not read yet: raise it before they are deleted`,
  );
}

function logHum(log: Logger, { kind, ...fields }: PipelineEvent): void {
  log.trace(fields, kind);
}

/** One line for each aggregate of which a snapshot found something. */
function logFindings(log: Logger, { entry: { aggregate, id, outcome, verdicts, rows } }: EventOf<'decided'>): void {
  if (outcome === 'untold') return;
  const missed = verdicts.filter(({ verdict }) => verdict === 'missed').map(({ fact }) => fact);
  const vanished = rows.filter(({ op }) => op === 'vanished').map(({ table }) => table);
  if (missed.length === 0 && vanished.length === 0) return;
  log.warn({ aggregate, id, missed, vanished }, 'a snapshot shows changes that nobody read: publish or dismiss them');
}

/** Once, however many change sets it has: the metric counts them. */
function logIntervention(log: Logger, news: News, { entry: { intervention, origin } }: EventOf<'decided'>): void {
  if (intervention === undefined || !news.isNew(`intervention ${intervention}`, {})) return;
  const { source, transactionId } = origin;
  log.info({ intervention, source, transactionId }, 'changes of an intervention are learnt, and not published');
}

/** The first of each kind: the metric counts them. */
function logUnread(log: Logger, news: News, { entry: { said, origin } }: EventOf<'decided'>): void {
  const { source, transactionId } = origin;
  if (said?.unread === undefined || !news.isNew(`origin of ${source}: ${said.unread}`, {})) return;
  log.warn(
    { code: 'ORIGIN_UNREADABLE', source, transactionId, reason: said.unread },
    `what was said of where the change comes from is not understood (${said.unread}): some of it is not known, and everything else goes on. See docs/annotations.md`,
  );
}

/** One line for each, but of what is not signed the first of each contract: the metric counts them. */
function logNearMisses(log: Logger, news: News, { entry: { aggregate, id, echoes = [] } }: EventOf<'decided'>): void {
  for (const { contract, became, fact, occurrence } of echoes) {
    if (became === 'awaited' || became === 'suppressed') continue;
    if (became === 'unsigned' && !news.isNew(`unsigned of ${contract}`, {})) continue;
    const code = became === 'expired' ? 'ECHO_EXPIRED' : 'ECHO_NEAR_MISS';
    const fields = { code, aggregate, id, contract, kind: became, fact, occurrence };
    log.warn(fields, `${fact ?? contract} ${echoWords({ became })}. See docs/routes.md`);
  }
}

function logKnowledge(log: Logger, news: News, { source, begun, unknown }: EventOf<'knowledge'>): void {
  if (!news.isNew(`knowledge of ${source}`, { begun, unknown })) return;
  const { position = null, timeMs = null } = begun ?? {};
  const commitTime = timeMs === null ? null : new Date(timeMs).toISOString();
  const fields = { source, ...(position === null ? {} : { position }), ...(commitTime === null ? {} : { commitTime }) };
  if (begun === null)
    return log.warn(
      { ...fields, tables: unknown },
      'nothing is published yet: no snapshot told of these tables so far',
    );
  if (unknown.length > 0)
    return log.warn(
      { ...fields, tables: unknown },
      'facts that read these tables are unknown: no snapshot told of them',
    );
  const from = position === null ? 'every transaction is decided' : 'facts begin after this position';
  log.info(fields, `all tables are known; ${from}`);
}

function logSweep(log: Logger, { source, isDone, states, settled, seconds, uncovered }: EventOf<'sweep'>): void {
  const fields = { source, states, settled, seconds };
  if (!isDone) return log.debug(fields, 'holding states against the snapshot');
  log.info(fields, 'all states were held against the snapshot');
  if (uncovered.length === 0) return;
  log.warn(
    { source, tables: uncovered },
    'the snapshot had no row of these tables: what is known of them was not looked at',
  );
}

function logDecision(log: Logger, { entry }: EventOf<'decided'>): void {
  if (!log.isLevelEnabled('debug')) return;
  const { aggregate, id, outcome, origin } = entry;
  const verdicts = entry.verdicts.map(({ fact, verdict }) => `${fact}: ${verdict}`);
  const events = entry.events.map(({ id: eventId, type, sequence }) => ({ id: eventId, type, sequence }));
  log.debug({ aggregate, id, outcome, transactionId: origin.transactionId, verdicts, events }, 'decided');
}

function logParkedBefore(log: Logger, news: News, { aggregates }: EventOf<'parkedBefore'>): void {
  const byCode: Record<string, number> = {};
  for (const { code } of aggregates) byCode[code] = (byCode[code] ?? 0) + 1;
  const fields = { aggregates: aggregates.length, byCode };
  if (news.isNew('parkedBefore', fields) && aggregates.length > 0)
    log.warn(fields, 'aggregates are parked from before');
}

function logCommit(log: Logger, { result, seconds, published }: EventOf<'committed'>): void {
  if (result === 'committed') log.debug({ seconds, events: published.length }, 'committed');
  else log.warn({ seconds }, 'Kafka transaction failed; recovering');
}

function logState(log: Logger, { state, reason }: EventOf<'state'>): void {
  const fields = reason === null ? { state } : { state, reason };
  if (state === 'fenced') log.warn(fields, 'another member has taken the pipeline over');
  else log.info(fields, `task is ${state}`);
}

/** What passes by itself is a warning; what waits for a person is an error. */
function logFailure(log: Logger, { code, disposition, text }: EventOf<'failed'>): void {
  if (disposition === 'fatal') log.fatal({ code, disposition }, text);
  else if (disposition === 'refuse') log.error({ code, disposition }, text);
  else log.warn({ code, disposition }, text);
}

function logHandover(log: Logger, { route, isOverdue, waitedMs }: EventOf<'handoverOverdue'>): void {
  if (!isOverdue) return log.info({ route }, 'a route that was waited for stands again');
  const seconds = Math.round(waitedMs / 1_000);
  log.error(
    { code: 'HANDOVER_OVERDUE', route, seconds },
    'the service that was asked for a route does not answer: fence it, then take the route (dragoman routes back --take-over)',
  );
}
