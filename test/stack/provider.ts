/**
 * The vocabulary of the test stack: real PostgreSQL, Kafka, Kafka Connect with Debezium, and Redis, on 127.0.0.1.
 * Two providers (`native/`, `docker/`) run it behind the one interface below; `stack.ts` chooses.
 */

export type ServiceName = 'kafka' | 'postgres' | 'connect' | 'redis' | 'redis-replica' | 'mariadb' | 'registry';
/** What runs unless something else is asked for. */
export type UsualService = Exclude<ServiceName, 'mariadb' | 'redis-replica' | 'registry'>;
export const serviceNames: readonly UsualService[] = ['postgres', 'redis', 'kafka', 'connect'];
/** In the order in which they are started. */
export const allServiceNames: readonly ServiceName[] = ['mariadb', 'registry', ...serviceNames, 'redis-replica'];

/** One process or container. `kafka` names all brokers at once, `kafka-1` the first of them. */
export type PartName = Exclude<ServiceName, 'kafka'> | `kafka-${number}`;
export type Part = ServiceName | PartName;

export type ProviderName = 'native' | 'docker';

export interface PostgresEndpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A server with its binlog on; the user may do everything. */
export interface MariadbEndpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** What a fault proxy (`test/proxy/`) has to do: listen at `port`, and carry everything to `to`; both on 127.0.0.1. */
export interface ProxyRoute {
  readonly name: PartName;
  readonly port: number;
  readonly to: number;
}

/** There with `faultProxy: true`. Nothing listens at these addresses until a proxy runs on the routes. */
export interface ProxiedKafka {
  /** Who starts here stays behind the proxy: the brokers' listeners for it advertise its ports. */
  readonly bootstrapServers: readonly string[];
  readonly routes: readonly ProxyRoute[];
}

export interface RedisEndpoint {
  readonly host: string;
  readonly port: number;
}

/** Also with `faultProxy: true`; a proxy can send its clients on to the replica, as a virtual address does. */
export interface ProxiedRedis extends RedisEndpoint {
  readonly routes: readonly ProxyRoute[];
}

/** Where the running services are, as plain JSON. */
export interface Endpoints {
  readonly kafka: { readonly bootstrapServers: readonly string[]; readonly proxied?: ProxiedKafka };
  readonly postgres: PostgresEndpoint;
  /** `postgres` is the address at which the *worker* reaches PostgreSQL: a container does not share our 127.0.0.1. */
  readonly connect: { readonly url: string; readonly postgres: { readonly host: string; readonly port: number } };
  /** `disk`: its data directory, when that is a disk of its own (`redisDiskMb`). */
  readonly redis: RedisEndpoint & { readonly proxied?: ProxiedRedis; readonly disk?: string };
  /** Follows `redis` from the start; `redis-pair.ts` changes that. Native only. */
  readonly 'redis-replica': RedisEndpoint;
  /** Native only; the worker is on this machine too, so it reaches the server at the same address. */
  readonly mariadb: MariadbEndpoint;
  /** A schema registry: `url` has the API of Confluent's, `native` is the one of its own converters. Native only. */
  readonly registry: { readonly url: string; readonly native: string };
}

export interface StackOptions<S extends ServiceName = UsualService> {
  /** `auto` (default): Docker when a daemon answers within 2 s and has or gets every image, else native. */
  readonly provider?: ProviderName | 'auto';
  /**
   * Default: all but MariaDB, Redis's replica and the schema registry. `connect` brings `kafka` with it, `redis-replica` brings `redis`; the worker
   * knows MariaDB when `mariadb` is asked for, and the converters of the registry when `registry` is.
   */
  readonly services?: readonly S[];
  /** 1 (default) or 3: with 3, replication factor 3 and min.insync.replicas 2. */
  readonly kafkaBrokers?: 1 | 3;
  /** Laid over the broker's properties, for example `{ 'transaction.max.timeout.ms': '60000' }`. */
  readonly kafkaProperties?: Readonly<Record<string, string>>;
  /** Laid over the worker's properties. */
  readonly connectProperties?: Readonly<Record<string, string>>;
  /** True: clients may go through a fault proxy, see {@link ProxiedKafka}. Native only; default false. */
  readonly faultProxy?: boolean;
  /** Redis keeps its data on a disk of this size, so that the disk can be filled. Native, Linux and root only. */
  readonly redisDiskMb?: number;
  /** Java heaps in megabytes; default 640 for Connect, 512 for a single broker, 320 for each of three. */
  readonly heapMb?: { readonly kafka?: number; readonly connect?: number };
  /** True: Kafka and Connect are compiled quickly and not well: for tests of some minutes, on which nothing is measured. Native only; default false. */
  readonly isShortLived?: boolean;
  /** Database that exists from the start; default `legacydb`. */
  readonly database?: string;
  /** True: the services outlive this process (`npm run stack -- up`). Default: they die with it, however it dies. */
  readonly detached?: boolean;
  /** Called with one line for each step; default silent. */
  readonly progress?: (line: string) => void;
}

/** {@link StackOptions} with every default filled in. */
export interface StackRequest {
  readonly services: readonly ServiceName[];
  readonly kafkaBrokers: 1 | 3;
  readonly kafkaProperties: Readonly<Record<string, string>>;
  readonly connectProperties: Readonly<Record<string, string>>;
  readonly heapMb: { readonly kafka: number; readonly connect: number };
  readonly isShortLived: boolean;
  readonly faultProxy: boolean;
  readonly redisDiskMb: number | null;
  readonly database: string;
  readonly detached: boolean;
  readonly progress: (line: string) => void;
}

/** What a stack writes to its state file, so that another process can control it or take it down. */
export interface StackState {
  readonly provider: ProviderName;
  /** Folder of this stack, removed by `down`: state file, logs, data of the native services. */
  readonly directory: string;
  readonly services: readonly ServiceName[];
  readonly kafkaBrokers: number;
  readonly endpoints: Partial<Endpoints>;
  /** By part: what the provider needs to find it again. Only the provider reads it. */
  readonly parts: Readonly<Record<string, unknown>>;
}

/**
 * A running stack. Ports and data stay the same over `stop`, `kill` and `start`. Every call resolves when its effect is
 * there: after `start` the service answers, after `kill` the process is gone. `start` of a running part and `kill` of a
 * dead one change nothing.
 */
export interface Stack<S extends ServiceName = UsualService> {
  readonly provider: ProviderName;
  readonly endpoints: Pick<Endpoints, S>;
  /** Hand this path to {@link attachStack} in another process. */
  readonly stateFile: string;
  start(part: Part): Promise<void>;
  /** In good order (SIGTERM); after 20 s by force. */
  stop(part: Part): Promise<void>;
  /** SIGKILL: no shutdown hook runs, nothing is flushed. */
  kill(part: Part): Promise<void>;
  /** SIGSTOP: connections stay open, and nothing answers. A paused part counts as running; `stop`, `kill`, `down` end it. */
  pause(part: Part): Promise<void>;
  /** SIGCONT; returns at once. */
  resume(part: Part): Promise<void>;
  /** `stop`, then `start`. */
  restart(part: Part): Promise<void>;
  isRunning(part: Part): Promise<boolean>;
  /** The last lines that the part printed. */
  logTail(part: Part): Promise<string>;
  /** Ends everything that this stack started, and removes its data. A second call does nothing. */
  down(): Promise<void>;
}

/** What a provider implements for one part; `controlled-stack.ts` builds {@link Stack} from it. */
export interface PartDriver {
  /** Returns as soon as the process or container is started, ready or not. */
  launch(part: PartName): Promise<void>;
  end(part: PartName, how: 'stop' | 'kill'): Promise<void>;
  /** SIGSTOP and SIGCONT, or what comes to the same. */
  halt(part: PartName, how: 'pause' | 'resume'): Promise<void>;
  isRunning(part: PartName): Promise<boolean>;
  logTail(part: PartName): Promise<string>;
  /** Ends all parts and removes their data; never touches what the state does not name. */
  remove(): Promise<void>;
}

export interface StackProvider {
  readonly name: ProviderName;
  /** A reason why this machine cannot run the provider, or undefined. Downloads nothing but container images. */
  unavailable(request: StackRequest): Promise<string | undefined>;
  /** Starts everything, and resolves when every service answers; on failure nothing is left behind. */
  open(request: StackRequest): Promise<Stack<ServiceName>>;
  /** Controls a stack that another process opened. */
  attach(state: StackState): Stack<ServiceName>;
}
