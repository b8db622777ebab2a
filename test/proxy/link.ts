/** One client's connection and its own connection to the server: requests are matched with answers, and faults take place. */
import type { Socket } from 'node:net';
import type { Fault, FaultPlan } from './faults.js';
import { Pipe, type Pace } from './pipe.js';
import type { Framing, Protocol, Request } from './protocol.js';

export interface LinkPlan<Api extends string> {
  readonly protocol: Protocol<Api>;
  readonly faults: FaultPlan<Api>;
  readonly pace: () => Pace;
  readonly onRequest: (api: Api) => void;
  readonly onClosed: () => void;
}

/** A request that the server has, or soon has. */
interface Pending<Api extends string> {
  readonly request: Request<Api>;
  readonly fault: Fault | null;
}

export class Link<Api extends string> {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #plan: LinkPlan<Api>;
  readonly #toServer: Pipe;
  readonly #toClient: Pipe;
  #pending: Pending<Api>[] = [];
  #over = false;

  constructor(client: Socket, server: Socket, plan: LinkPlan<Api>) {
    this.#client = client;
    this.#server = server;
    this.#plan = plan;
    this.#toServer = new Pipe(client, server, plan.pace);
    this.#toClient = new Pipe(server, client, plan.pace);
    const requests = plan.protocol.framing('requests');
    const answers = plan.protocol.framing('answers');
    this.#listen(client, requests, (frame) => this.#request(frame), this.#toServer);
    this.#listen(server, answers, (frame) => this.#answer(frame), this.#toClient);
  }

  /** Both connections end at once; what is on its way is lost. */
  cut(): void {
    this.#over = true;
    this.#client.destroy();
    this.#server.destroy();
  }

  #listen(socket: Socket, framing: Framing, take: (frame: Buffer) => void, onwards: Pipe): void {
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      for (const frame of framing.push(bytes)) if (!this.#over) take(frame);
    });
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', () => {
      onwards.end();
      if (this.#client.destroyed && this.#server.destroyed) this.#close();
    });
  }

  #request(frame: Buffer): void {
    const request = this.#plan.protocol.requestOf(frame);
    this.#plan.onRequest(request.api);
    const fault = this.#toClient.isMute ? null : this.#plan.faults.next(request.api);
    switch (fault?.kind) {
      case 'cut-request':
        this.cut();
        fault.done();
        return;
      case 'cut-in-request':
        this.#cutInside(frame, fault);
        return;
      case 'cut-answer':
      case 'swallow-answer':
      case 'delay-answer':
      case undefined:
        this.#pending.push({ request, fault });
        void this.#toServer.send(frame);
    }
  }

  /** The server gets to see its half before the end. */
  #cutInside(frame: Buffer, fault: Fault): void {
    this.#over = true;
    void this.#toServer.send(frame.subarray(0, Math.ceil(frame.length / 2))).then(() => {
      this.#server.end();
      this.#client.destroy();
      fault.done();
    });
  }

  /** The client gets to see the answers before it. */
  #cutBehind(fault: Fault): void {
    this.#over = true;
    this.#server.destroy();
    void this.#toClient.idle.then(() => {
      this.#client.destroySoon();
      fault.done();
    });
  }

  #answer(frame: Buffer): void {
    const to = this.#plan.protocol.answerTo(frame);
    const fault = to === 'unasked' ? null : this.#take(to.id);
    if (this.#toClient.isMute) {
      fault?.missed();
      return;
    }
    switch (fault?.kind) {
      case 'cut-answer':
        this.#cutBehind(fault);
        return;
      case 'swallow-answer':
        this.#toClient.mute();
        fault.done();
        return;
      case 'delay-answer':
        void this.#toClient.send(frame, fault.delayMs).then(() => fault.done());
        return;
      case 'cut-request':
      case 'cut-in-request':
      case undefined:
        void this.#toClient.send(frame);
    }
  }

  /** The fault of the request that is answered; those before it get no answer. */
  #take(id: number | null): Fault | null {
    const at = id === null ? 0 : this.#pending.findIndex(({ request }) => request.id === id);
    if (at === -1) return null;
    const [answered, ...unanswered] = this.#pending.splice(0, at + 1).reverse();
    for (const { fault } of unanswered) fault?.missed();
    return answered?.fault ?? null;
  }

  #close(): void {
    for (const { fault } of this.#pending) fault?.missed();
    this.#pending = [];
    this.#plan.onClosed();
  }
}
