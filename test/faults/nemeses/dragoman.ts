/** Faults of Dragoman's own processes. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Keeper } from '../../e2e/keeper.js';
import { SESSION_TIMEOUT_MS } from '../../e2e/scene.js';
import { MovableClock } from '../../stack/faketime.js';
import type { Arena, Nemesis } from '../nemesis.js';

const WRITE_WAIT_MAX_MS = 5_000;
/** After a record was seen: then its Kafka transaction is under way, or just over, or the next one has begun. */
const MOMENT_MAX_MS = 24;
const OWNER_MAX_MS = 120_000;
const JOIN_MAX_MS = 90_000;
const KILLS = 3;
const STORM_MS = 20_000;
/** Until a process looks at its clock's file again. */
const CLOCK_SEEN_MS = 2_500;
const JUMPED_MS = 10_000;

export const killMember: Nemesis = {
  does: `kill -9 of the owner while it writes, of its successor as soon as that catches up, and again: ${KILLS} times in a row; an orchestrator starts each again at once`,
  async strike(arena) {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const owner = await whileWriting(arena);
      await owner.kill();
    }
    return KILLS;
  },
};

export const zombie: Nemesis = {
  does: 'SIGSTOP of the owner while it writes, for longer than its session; SIGCONT when another member has taken over',
  async strike(arena) {
    const owner = await whileWriting(arena);
    const frozen = owner.current;
    frozen.pause();
    await delay(SESSION_TIMEOUT_MS + arena.random.int(3_000, 9_000));
    frozen.resume();
    return 1;
  },
};

export const rebalanceStorm: Nemesis = {
  does: 'every one to three seconds for 20 s an instance comes or goes, by SIGTERM or kill -9: a third one, the standby, or the owner',
  async strike({ members, random }) {
    let guest = members.guest();
    let changes = 1;
    for (const end = Date.now() + STORM_MS; Date.now() < end; changes += 1) {
      await delay(random.int(1_000, 3_000));
      switch (random.pick(['guest', 'guest', 'member', 'kill'] as const)) {
        case 'guest':
          await (random.chance(0.5) ? guest.stop() : guest.abandon());
          guest = members.guest();
          break;
        case 'member':
          await random.pick(members.keepers).redeploy({});
          break;
        case 'kill':
          await random.pick(members.keepers).kill();
          break;
      }
    }
    await guest.stop();
    return changes;
  },
};

export const rollingDeployment: Nemesis = {
  does: 'one member after the other is stopped in good order and started with another rule set (another digest, the same rules); next time back again',
  strike: (arena) => roll(arena, { configFile: arena.ruleSets.reworded() }),
};

export const rollingDeploymentTable: Nemesis = {
  does: 'the same with rules that declare one more table, while old members are still there; next time without it again',
  strike: (arena) => roll(arena, { configFile: arena.ruleSets.withOtherTables() }),
};

/** The next member when the one before it is back in the group. @returns how many. */
async function roll({ members }: Arena, options: Parameters<Keeper['redeploy']>[0]): Promise<number> {
  for (const keeper of members.keepers) {
    await keeper.redeploy(options);
    await keeper.untilJoined(JOIN_MAX_MS);
  }
  return members.keepers.length;
}

export const clockJump: Nemesis = {
  does: "the members' clock jumps: some hours ahead, some hours back, and then right again",
  async strike(arena) {
    const { members, directory, random, pulse, say } = arena;
    const clock = await MovableClock.install(directory, say);
    const redeployAll = async (environment: Readonly<Record<string, string>>): Promise<void> => {
      await roll(arena, { environment });
      await members.untilOwned(OWNER_MAX_MS);
    };
    await redeployAll(clock.environment);
    for (const hours of [random.int(1, 12), -random.int(1, 12), 0]) {
      await clock.move(hours * 3_600);
      await delay(CLOCK_SEEN_MS);
      await pulse.firstSince(Date.now(), JUMPED_MS);
    }
    await redeployAll({});
    return 2;
  },
};

/** Resolves at some moment of a Kafka transaction. @returns who writes it. */
async function whileWriting({ members, written, random }: Arena) {
  await members.untilOwned(OWNER_MAX_MS);
  await written.next(WRITE_WAIT_MAX_MS);
  await delay(random.int(0, MOMENT_MAX_MS));
  return members.untilOwned(OWNER_MAX_MS);
}
