/** What events say that repair others. docs/repairing.md. */

/** Only events that are published once more have it: the id of the repair. */
export const REPEAT_HEADER = 'dragoman-repeat';
/** Of a correction, as a field of it and as a header: the id of the event that it corrects. */
export const CORRECTS_FIELD = 'corrects';
export const CORRECTS_HEADER = 'ce_corrects';
