/** Keys under `connect`: where Kafka Connect can be asked about its connectors. `doctor` alone does. */
import { z } from 'zod';
import { key } from './key.js';

export const connectKeys = z
  .strictObject({
    url: key(
      z
        .string()
        .regex(/^https?:\/\/[^\s/]+/, 'expected http://host:port')
        .nullable()
        .default(null),
      "Kafka Connect's REST address, for `dragoman doctor`; user name and password may stand in it.",
      { secret: 'url' },
    ),
  })
  .prefault({});
