/** The ports of a stack that is about to start. */
import { brokerNames } from './controlled-stack.js';
import { freePorts } from './ports.js';
import type { Endpoints, ProxiedKafka, ProxiedRedis, ProxyRoute, StackRequest } from './provider.js';
import { mariadbPassword, mariadbUser, postgresPassword, postgresUser } from './settings.js';

export interface BrokerPorts {
  readonly client: number;
  /** Where the fault proxy reaches the broker, and the port of the proxy that the broker advertises there. */
  readonly proxied: ProxyRoute;
  readonly controller: number;
}

export interface AddressPlan {
  readonly brokers: readonly BrokerPorts[];
  readonly connect: number;
  readonly postgres: number;
  readonly redis: number;
  readonly redisReplica: number;
  readonly mariadb: number;
  readonly registry: number;
  /** Every endpoint, also of services that are not asked for. */
  readonly all: Endpoints;
  /** Those that are. */
  readonly endpoints: Partial<Endpoints>;
}

const host = '127.0.0.1';

/** `postgresInside`: where the worker finds PostgreSQL, when that is not the address that we use. */
export async function planAddresses(
  request: StackRequest,
  postgresInside?: { readonly host: string; readonly port: number },
): Promise<AddressPlan> {
  const port = (
    (ports) => () =>
      ports.pop()!
  )(await freePorts(7 + 4 * request.kafkaBrokers));
  const [connect, postgres, redis, redisReplica, mariadb, registry] = [port(), port(), port(), port(), port(), port()];
  const brokers = brokerNames(request.kafkaBrokers).map((name) => ({
    client: port(),
    controller: port(),
    proxied: { name, port: port(), to: port() },
  }));
  const kafkaRoutes = brokers.map(({ proxied }) => proxied);
  const redisRoutes: ProxyRoute[] = [{ name: 'redis', port: port(), to: redis }];
  const all: Endpoints = {
    kafka: {
      bootstrapServers: brokers.map(({ client }) => `${host}:${client}`),
      ...(request.faultProxy ? { proxied: proxiedKafka(kafkaRoutes) } : {}),
    },
    postgres: { host, port: postgres, user: postgresUser, password: postgresPassword, database: request.database },
    connect: { url: `http://${host}:${connect}`, postgres: postgresInside ?? { host, port: postgres } },
    redis: { host, port: redis, ...(request.faultProxy ? { proxied: proxiedRedis(redisRoutes) } : {}) },
    'redis-replica': { host, port: redisReplica },
    mariadb: { host, port: mariadb, user: mariadbUser, password: mariadbPassword },
    registry: {
      url: `http://${host}:${registry}/apis/ccompat/v7`,
      native: `http://${host}:${registry}/apis/registry/v2`,
    },
  };
  const endpoints = Object.fromEntries(
    request.services.map((service) => [service, all[service]]),
  ) as Partial<Endpoints>;
  return { brokers, connect, postgres, redis, redisReplica, mariadb, registry, all, endpoints };
}

const proxiedKafka = (routes: readonly ProxyRoute[]): ProxiedKafka => ({
  bootstrapServers: routes.map(({ port }) => `${host}:${port}`),
  routes,
});

const proxiedRedis = (routes: readonly ProxyRoute[]): ProxiedRedis => ({ host, port: routes[0]!.port, routes });
