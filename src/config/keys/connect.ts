/** Keys under `connect`: where Kafka Connect can be asked about its connectors. `doctor` alone does. */
import { z } from 'zod';
import { key, serverUrl } from './key.js';

export const connectKeys = z
  .strictObject({
    url: key(
      serverUrl(['http', 'https']).nullable().default(null),
      "Kafka Connect's REST address, for `dragoman doctor`; user name and password may stand in it.",
      { secret: 'url' },
    ),
  })
  .prefault({});
