/** Keys under `reconcile.databases`: where the legacy database of each source is read, to be compared with what is known of it. */
import { z } from 'zod';
import { key, optionalText, serverUrl } from './key.js';

const schemaName = z.string().min(1).max(200);

export const databaseKeys = key(
  z
    .record(
      z.string(),
      z.strictObject({
        url: key(
          serverUrl(
            ['postgres', 'postgresql', 'mariadb', 'mysql'],
            '; or leave it out and use passwordFile or DRAGOMAN_DATABASE_PASSWORD',
          ),
          'The database of the source, or a replica of it (PostgreSQL): `postgres://user@host:5432/name`. A user who may SELECT is enough; of MySQL ' +
            'and MariaDB it needs BINLOG MONITOR (REPLICATION CLIENT), and the server that the connector reads.',
          { secret: 'url' },
        ),
        passwordFile: key(
          optionalText(),
          'File with the password of that user; without it DRAGOMAN_DATABASE_PASSWORD, or what stands in the address.',
        ),
        schemas: key(
          z.record(schemaName, schemaName).default({}),
          'Schemas (databases, of MySQL and MariaDB) that are called otherwise there than in the rules: `{oms: oms_live}`.',
        ),
      }),
    )
    .default({}),
  'Legacy databases by the name of their source, for `dragoman reconcile source` (docs/reconciliation.md). As a variable: YAML or JSON.',
);
