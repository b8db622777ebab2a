/** The tasks of one process, as the group gives and takes them. */
import { expect, it } from 'vitest';
import { KafkaSource } from '../../../../src/adapters/kafka/read/source.js';
import { type MemberPorts, Members } from '../../../../src/cli/run/members.js';
import { shardsOf } from '../../../../src/domain/shard.js';

/** The group gives a member that leaves what another one left just before; a task that begins then would never end. */
it('begins no task while it stops', async () => {
  const used: unknown[] = [];
  const ports = new Proxy({} as MemberPorts, { get: (_, name) => used.push(name) });
  const members = new Members(ports);
  await members.stop();
  members.assigned({ pipeline: 'orders', shard: shardsOf(1)[0]! }, Object.create(KafkaSource.prototype) as KafkaSource);
  expect([used, members.readiness()]).toEqual([[], true]);
});
