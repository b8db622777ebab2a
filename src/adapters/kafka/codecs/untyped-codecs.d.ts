/** What is used of two libraries that have no types. */
declare module 'snappyjs' {
  /** @throws Error when the result would be longer than `lengthMax`, or the bytes are not Snappy's. */
  export function uncompress(bytes: Buffer, lengthMax: number): Buffer;
  export function compress(bytes: Buffer): Buffer;
}
declare module 'lz4js' {
  /** Bytes that a frame can have at most, without decompressing it. */
  export function decompressBound(frame: Uint8Array): number;
  export function decompress(frame: Uint8Array, lengthMax: number): Uint8Array;
  export function compress(bytes: Uint8Array): Uint8Array;
}
