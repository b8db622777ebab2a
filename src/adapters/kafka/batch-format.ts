/** Record batches of version 2 (`DefaultRecordBatch.java`, Kafka 0.11 and newer): places of what is in front of the records. */

/** What is before `LENGTH_END` is not counted by the length, what is before `ATTRIBUTES_AT` not by the checksum. */
export const [LENGTH_AT, LENGTH_END, MAGIC_AT, CHECKSUM_AT, ATTRIBUTES_AT, LAST_DELTA_AT] = [8, 12, 16, 17, 21, 23];
export const [FIRST_TIME_AT, MAX_TIME_AT, PRODUCER_AT, EPOCH_AT, SEQUENCE_AT] = [27, 35, 43, 51, 53];
export const [COUNT_AT, RECORDS_AT] = [57, 61];
export const MAGIC = 2;
export const [CODEC, LOG_APPEND_TIME, TRANSACTIONAL, CONTROL] = [0x07, 0x08, 0x10, 0x20];
