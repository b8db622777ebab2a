/** What the relay has to know of a protocol: where a request and an answer end, what a request is, and which answer is its. */

/** Bytes as they come -> whole frames. One for each direction of each connection. */
export interface Framing {
  push(bytes: Buffer): Buffer[];
}

export interface Request<Api extends string> {
  readonly api: Api;
  /** Null: answers have no number, and come in the order of the requests. */
  readonly id: number | null;
}

export interface Protocol<Api extends string> {
  framing(direction: 'requests' | 'answers'): Framing;
  requestOf(frame: Buffer): Request<Api>;
  /** `unasked`: the server speaks without having been asked. */
  answerTo(frame: Buffer): { readonly id: number | null } | 'unasked';
}
