/**
 * What stands in front of the bytes of a record that was written with a schema registry: a zero byte and the id of its schema, 4 bytes, the most
 * significant first (Confluent, "Wire format"). No JSON begins so. Pure.
 */

const MAGIC = 0;
const ID_AT = 1;
/** Where the record itself begins. */
export const BODY_AT = 5;
/** No registry gives this id. In front of an id of 8 bytes, as Apicurio's converters write without being told otherwise, these are zero. */
export const EIGHT_BYTES = 0;

export const isFramed = (bytes: Buffer): boolean => bytes[0] === MAGIC && bytes.length >= BODY_AT;

/** @param bytes framed ones. */
export const schemaIdIn = (bytes: Buffer): number => bytes.readUInt32BE(ID_AT);
