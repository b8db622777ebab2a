/** Keys under `redis`. Either one server (`url`) or sentinels that name it (`sentinel`). */
import { z } from 'zod';
import { hostPort, key, MINUTE_MS, optionalText, serverUrl, whole } from './key.js';

const tlsKeys = z
  .strictObject({
    enabled: key(
      z.boolean().default(false),
      'Speak TLS to Redis and to its sentinels; a `rediss://` URL does the same.',
    ),
    caFile: key(optionalText(), 'PEM file of the authority that signed Redis; the system authorities when left out.'),
    certFile: key(optionalText(), 'PEM file of the client certificate, for mutual TLS.'),
    keyFile: key(optionalText(), 'PEM file of the key of the client certificate.'),
    keyPassphrase: key(optionalText(), 'Passphrase of that key.', { secret: 'whole' }),
  })
  .prefault({});

const sentinelKeys = z
  .strictObject({
    name: key(optionalText(), 'Name of the primary that the sentinels watch. When set, `redis.url` is not used.'),
    nodes: key(z.array(hostPort()).default([]), 'Sentinels to ask, `host:port`.'),
    password: key(optionalText(), 'Password of the sentinels themselves.', { secret: 'whole' }),
  })
  .prefault({});

export const redisKeys = z
  .strictObject({
    url: key(
      serverUrl(['redis', 'rediss'], '; or leave it out and set redis.password (and redis.username)')
        .regex(
          /^[a-z]+:\/\/([^\s]*@)?[^\s/@]*(\/\d*)?$/,
          'expected nothing but the number of a database after host:port',
        )
        .default('redis://localhost:6379'),
      'Where Redis is; user name, password and database may stand in it.',
      { secret: 'url' },
    ),
    username: key(optionalText(), 'ACL user.'),
    password: key(optionalText(), 'Password of the ACL user, or of Redis.', { secret: 'whole' }),
    database: key(whole(0, 1023).default(0), 'Number of the database.'),
    tls: tlsKeys,
    sentinel: sentinelKeys,
    commandTimeoutMs: key(
      whole(100, 5 * MINUTE_MS).default(5000),
      'Time for one answer; after it the state is read back.',
    ),
  })
  .prefault({});
