/** Headers of events under contracts that a capability names: who published them, so that each reader knows its own. CloudEvents extensions. */

/** `dragoman:<namespace>.<pipeline>`, or `service:<name>`. */
export const PRODUCER_HEADER = 'ce_producer';
/** Of services only: what distinguishes the fact from others of its aggregate, as `domain/event-id.ts` has it. Absent: empty. */
export const OCCURRENCE_HEADER = 'ce_occurrence';
/** Of services only: epoch of the route by which the service publishes. */
export const OWNERSHIP_EPOCH_HEADER = 'ce_ownershipepoch';

const PIPELINE = 'dragoman:';

/** @param namespace of topics. */
export const pipelineProducer = (namespace: string, pipeline: string): string => `${PIPELINE}${namespace}.${pipeline}`;

export const isPipeline = (producer: string): boolean => producer.startsWith(PIPELINE);

const SERVICE = 'service:';

export const serviceProducer = (name: string): string => `${SERVICE}${name}`;

/** @returns the name of the service; null: it is none. */
export const serviceIn = (producer: string): string | null =>
  producer.startsWith(SERVICE) && producer.length > SERVICE.length ? producer.slice(SERVICE.length) : null;
