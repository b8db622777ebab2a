import { avro } from './avro.js';
import { connectorCrash } from './connector-crash.js';
import { consumer } from './consumer.js';
import { cutover } from './cutover.js';
import { cutoverMisbehaving } from './cutover-misbehaving.js';
import { ddl } from './ddl.js';
import { deadlines } from './deadlines.js';
import { incrementalSnapshot } from './incremental-snapshot.js';
import { lateStart } from './late-start.js';
import { mysql } from './mysql.js';
import { resnapshot } from './resnapshot.js';
import { parity } from './parity.js';
import type { Scenario } from './scenario.js';

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  resnapshot,
  'incremental-snapshot': incrementalSnapshot,
  'connector-crash': connectorCrash,
  ddl,
  mysql,
  'late-start': lateStart,
  deadlines,
  avro,
  consumer,
  cutover,
  'cutover-misbehaving': cutoverMisbehaving,
  parity,
};
