/** Settings of the four services that do not depend on how they are run: both providers use the same. */

/** A broker's properties, apart from names, addresses and folders. */
export function brokerSettings(brokers: number): Record<string, string> {
  const replication = String(brokers);
  const inSyncMin = brokers === 1 ? '1' : '2';
  return {
    'process.roles': 'broker,controller',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    // A topic that nobody created on purpose is a mistake: the tests want to see it.
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replication,
    'min.insync.replicas': inSyncMin,
    'unclean.leader.election.enable': 'false',
    'offsets.topic.replication.factor': replication,
    'transaction.state.log.replication.factor': replication,
    'transaction.state.log.min.isr': inSyncMin,
    'share.coordinator.state.topic.replication.factor': replication,
    'share.coordinator.state.topic.min.isr': inSyncMin,
    // Few partitions in the internal topics: they are created and loaded within a second.
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.num.partitions': '4',
    // A killed broker may register again when its old session is over.
    'broker.session.timeout.ms': '4000',
    'broker.heartbeat.interval.ms': '1000',
    'group.initial.rebalance.delay.ms': '0',
    // A killed member is missed soon: Connect's session timeout is below the broker's usual minimum of 6 s.
    'group.min.session.timeout.ms': '1000',
    // Records with old timestamps (replayed recordings) are not deleted by age.
    'log.retention.ms': '-1',
    'log.cleaner.dedupe.buffer.size': String(32 * 1024 * 1024),
    'num.network.threads': '2',
    'num.io.threads': '4',
  };
}

/** The Connect worker's properties, apart from addresses and folders. */
export function workerSettings(brokers: number): Record<string, string> {
  const replication = String(brokers);
  return {
    'group.id': 'stack-connect',
    'exactly.once.source.support': 'enabled',
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'key.converter.schemas.enable': 'false',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    // With the default (true) a NULL in a column that has a DEFAULT is sent as the default.
    'key.converter.replace.null.with.default': 'false',
    'value.converter.replace.null.with.default': 'false',
    'config.storage.topic': 'connect-configs',
    'config.storage.replication.factor': replication,
    'offset.storage.topic': 'connect-offsets',
    'offset.storage.replication.factor': replication,
    'offset.storage.partitions': '1',
    'status.storage.topic': 'connect-status',
    'status.storage.replication.factor': replication,
    'status.storage.partitions': '1',
    'offset.flush.interval.ms': '1000',
    // A killed worker is missed after 4 s, and its successor gets the tasks at once instead of after 5 minutes.
    'session.timeout.ms': '4000',
    'heartbeat.interval.ms': '1000',
    'scheduled.rebalance.max.delay.ms': '0',
    'worker.unsync.backoff.ms': '1000',
    'rebalance.timeout.ms': '10000',
    'task.shutdown.graceful.timeout.ms': '3000',
    'topic.creation.enable': 'true',
    'connector.client.config.override.policy': 'All',
    'plugin.discovery': 'service_load',
  };
}

export const postgresUser = 'postgres';
export const postgresPassword = 'postgres';

/** PostgreSQL's parameters, as `-c name=value`. */
export const postgresParameters: Readonly<Record<string, string>> = {
  wal_level: 'logical',
  max_wal_senders: '10',
  max_replication_slots: '10',
  max_connections: '200',
  // The data lives as long as one test run: a crash of the machine may lose it, a crash of the server does not.
  fsync: 'off',
  full_page_writes: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

export function parameterArguments(parameters: Readonly<Record<string, string>>): string[] {
  return Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

export const mariadbUser = 'legacy';
export const mariadbPassword = 'legacy';

/** MariaDB's options, as `--name=value`: what Debezium needs, and commits in one order everywhere. */
export const mariadbOptions: Readonly<Record<string, string>> = {
  'server-id': '7',
  'log-bin': 'mbin',
  'binlog-format': 'ROW',
  'binlog-row-image': 'FULL',
  'gtid-strict-mode': 'ON',
  'default-time-zone': '+00:00',
  'character-set-server': 'utf8mb4',
  'max-connections': '200',
  // As with PostgreSQL: a crash of the machine may lose the data, a crash of the server does not.
  'sync-binlog': '0',
  'innodb-flush-log-at-trx-commit': '2',
};

/** redis-server's arguments: what a store of record needs; evicting keys would be losing state silently. */
export const redisArguments: readonly string[] = [
  ...['--appendonly', 'yes'],
  ...['--appendfsync', 'everysec'],
  ...['--save', ''],
  ...['--maxmemory-policy', 'noeviction'],
];

/** A primary sends its replica a copy of everything at once, without waiting for others and without a file in between. */
export const redisReplicationArguments: readonly string[] = [
  ...['--repl-diskless-sync', 'yes'],
  ...['--repl-diskless-sync-delay', '0'],
  ...['--repl-ping-replica-period', '1'],
];
