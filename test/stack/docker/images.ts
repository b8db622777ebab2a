import type { UsualService } from '../provider.js';

/** The images that `docker-compose.yml` uses too. */
export const images: Readonly<Record<UsualService, string>> = {
  postgres: 'postgres:17',
  redis: 'redis:8',
  kafka: 'apache/kafka:4.3.1',
  connect: 'quay.io/debezium/connect:3.6',
};
