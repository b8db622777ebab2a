/** FNV-1a: 32 bits of a text, without a sign. For comparing what is known with what is now, never for ids. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
