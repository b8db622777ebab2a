/**
 * The little of MariaDB's client/server protocol that workload and oracle need: log in with a password, run statements, read
 * counts and rows as texts. Source: https://mariadb.com/kb/en/clientserver-protocol/ (handshake V10, COM_QUERY, OK, ERR, EOF).
 * Sockets without TLS only: the server is a test's own.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { LegacyDbError } from '../errors.js';
import { PacketReader, lengthAt, nullTerminated, packet } from './packets.js';

/** Of one statement. */
export interface StatementResult {
  readonly affectedRows: number;
  /** Empty for statements that write. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** The server's own words; `code` is its error number. */
export class MariadbError extends Error {
  override readonly name = 'MariadbError';

  constructor(
    readonly code: number,
    text: string,
  ) {
    super(`${code}: ${text}`);
  }
}

const CAPABILITIES =
  0x1 | // long password
  0x4 | // long column flags
  0x200 | // protocol 4.1
  0x2000 | // transactions
  0x8000 | // secure connection
  0x10000 | // several statements in one query
  0x20000 | // several results
  0x80000; // authentication plugins
const PACKET_BYTES_MAX = 0xff_ff_ff;
const UTF8MB4 = 45;
const COM_QUIT = 0x01;
const COM_QUERY = 0x03;
const MORE_RESULTS = 0x08;
const [OK, EOF, ERR] = [0x00, 0xfe, 0xff];

export class MariadbClient {
  readonly #socket: Socket;
  readonly #packets: PacketReader;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#packets = new PacketReader(socket);
  }

  /** @param url `mariadb://user:password@host:port`. @throws MariadbError, or the socket's error */
  static async connect(url: string): Promise<MariadbClient> {
    const { hostname, port, username, password } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    const client = new MariadbClient(socket);
    await client.#logIn(decodeURIComponent(username), decodeURIComponent(password));
    return client;
  }

  /**
   * Runs statements, separated by semicolons, up to the first that fails. One call at a time.
   * @throws MariadbError
   */
  async query(sql: string): Promise<StatementResult[]> {
    this.#socket.write(packet(0, Buffer.concat([Buffer.from([COM_QUERY]), Buffer.from(sql)])));
    const results: StatementResult[] = [];
    for (let status = MORE_RESULTS; (status & MORE_RESULTS) !== 0;) {
      const { result, status: after } = await this.#readResult();
      results.push(result);
      status = after;
    }
    return results;
  }

  async end(): Promise<void> {
    if (this.#socket.destroyed) return;
    const closed = once(this.#socket, 'close');
    this.#socket.end(packet(0, Buffer.from([COM_QUIT])));
    await closed;
  }

  async #logIn(user: string, password: string): Promise<void> {
    const { body, sequence } = await this.#packets.next();
    failIfError(body);
    const salt = saltOf(body);
    const answer = Buffer.alloc(32);
    answer.writeUInt32LE(CAPABILITIES, 0);
    answer.writeUInt32LE(PACKET_BYTES_MAX, 4);
    answer.writeUInt8(UTF8MB4, 8);
    const proof = password === '' ? Buffer.alloc(0) : nativePassword(password, salt);
    const rest = [nullTerminated(user), Buffer.from([proof.length]), proof, nullTerminated('mysql_native_password')];
    this.#socket.write(packet(sequence + 1, Buffer.concat([answer, ...rest])));
    const { body: reply } = await this.#packets.next();
    failIfError(reply);
    if (reply[0] !== OK) throw new LegacyDbError('CONFIG_INVALID', `user ${user} does not log in by native password`);
  }

  async #readResult(): Promise<{ result: StatementResult; status: number }> {
    const first = (await this.#packets.next()).body;
    failIfError(first);
    if (first[0] === OK) {
      const affected = lengthAt(first, 1);
      const insertId = lengthAt(first, affected.next);
      return { result: { affectedRows: affected.value, rows: [] }, status: first.readUInt16LE(insertId.next) };
    }
    await this.#readUntilEof(); // column definitions
    const { bodies, status } = await this.#readUntilEof();
    return { result: { affectedRows: 0, rows: bodies.map(textsOf) }, status };
  }

  async #readUntilEof(): Promise<{ bodies: Buffer[]; status: number }> {
    const bodies: Buffer[] = [];
    for (;;) {
      const { body } = await this.#packets.next();
      failIfError(body);
      if (body[0] === EOF && body.length < 9) return { bodies, status: body.readUInt16LE(3) };
      bodies.push(body);
    }
  }
}

/** Length-encoded texts one after the other; 0xfb is NULL. */
function textsOf(body: Buffer): (string | null)[] {
  const texts: (string | null)[] = [];
  for (let at = 0; at < body.length;) {
    if (body[at] === 0xfb) {
      texts.push(null);
      at += 1;
      continue;
    }
    const { value, next } = lengthAt(body, at);
    texts.push(body.toString('utf8', next, next + value));
    at = next + value;
  }
  return texts;
}

function failIfError(body: Buffer): void {
  if (body[0] !== ERR) return;
  const text = body.toString('utf8', 3).replace(/^#.{5}/, '');
  throw new MariadbError(body.readUInt16LE(1), text);
}

/** Handshake V10: after version and thread id 8 bytes of salt, 19 bytes further on the other 12. */
function saltOf(handshake: Buffer): Buffer {
  const salt = handshake.indexOf(0, 1) + 5;
  return Buffer.concat([handshake.subarray(salt, salt + 8), handshake.subarray(salt + 27, salt + 39)]);
}

/** SHA1(password) XOR SHA1(salt + SHA1(SHA1(password))). */
function nativePassword(password: string, salt: Buffer): Buffer {
  const sha1 = (...parts: (string | Buffer)[]): Buffer =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest();
  const once = sha1(password);
  const mask = sha1(salt, sha1(once));
  return Buffer.from(once.map((byte, index) => byte ^ (mask[index] ?? 0)));
}
