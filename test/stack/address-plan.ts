/** The ports of a stack that is about to start. */
import { brokerNames } from './controlled-stack.js';
import { freePorts } from './ports.js';
import type { Endpoints, StackRequest } from './provider.js';
import { mariadbPassword, mariadbUser, postgresPassword, postgresUser } from './settings.js';

export interface BrokerPorts {
  readonly client: number;
  readonly controller: number;
}

export interface AddressPlan {
  readonly brokers: readonly BrokerPorts[];
  readonly connect: number;
  readonly postgres: number;
  readonly redis: number;
  readonly mariadb: number;
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
  const ports = await freePorts(4 + 2 * request.kafkaBrokers);
  const [connect, postgres, redis, mariadb, ...rest] = ports as [number, number, number, number, ...number[]];
  const brokers = brokerNames(request.kafkaBrokers).map((_, index) => ({
    client: rest[2 * index]!,
    controller: rest[2 * index + 1]!,
  }));
  const all: Endpoints = {
    kafka: { bootstrapServers: brokers.map(({ client }) => `${host}:${client}`) },
    postgres: { host, port: postgres, user: postgresUser, password: postgresPassword, database: request.database },
    connect: { url: `http://${host}:${connect}`, postgres: postgresInside ?? { host, port: postgres } },
    redis: { host, port: redis },
    mariadb: { host, port: mariadb, user: mariadbUser, password: mariadbPassword },
  };
  const endpoints = Object.fromEntries(
    request.services.map((service) => [service, all[service]]),
  ) as Partial<Endpoints>;
  return { brokers, connect, postgres, redis, mariadb, all, endpoints };
}
