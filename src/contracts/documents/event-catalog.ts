/**
 * The contracts as a folder of EventCatalog: events (an older major below `versioned/`), the topics as channels, the source system as the service that
 * sends them, owners as teams. Plain files; no package of it is used. Source: EventCatalog's frontmatter reference. Pure.
 */
import { stringify } from 'yaml';
import { compareTexts } from '../../rules/values/compare.js';
import type { PublishedContract } from '../published.js';
import type { PublishedEvent } from '../published-contracts.js';
import { contractPage, noticeOf } from './contract-page.js';
import { escaped, sectionText } from './markdown.js';

export interface TextFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  readonly text: string;
}

export function eventCatalog(events: readonly PublishedEvent[], sourceSystem: string): TextFile[] {
  const contracts = events.map(({ contract }) => contract);
  const topics = [...new Set(contracts.map(({ topic }) => topic))].sort(compareTexts);
  const owners = new Map(contracts.map(({ owner }) => [idOf(owner), owner]));
  return [
    ...events.flatMap((event) => eventFiles(event, contracts)),
    ...topics.map((topic) => channelFile(topic, contracts)),
    serviceFile(contracts, sourceSystem),
    ...[...owners].map(([id, name]) => ({ path: `teams/${id}.mdx`, text: page({ id, name }, '') })),
  ];
}

function eventFiles(event: PublishedEvent, all: readonly PublishedContract[]): TextFile[] {
  const { contract } = event;
  const { name, version, meaning, owner, stability, topic, sunset } = contract;
  const isNewest = all.every((each) => each.name !== name || each.version <= version);
  const folder = `events/${name}${isNewest ? '' : `/versioned/${versionOf(version)}`}`;
  const notice = noticeOf(contract);
  const front = {
    id: name,
    name,
    version: versionOf(version),
    summary: meaning,
    owners: [idOf(owner)],
    channels: [{ id: topic, version: CHANNEL_VERSION }],
    schemaPath: 'schema.json',
    badges: [{ content: stability, backgroundColor: 'blue', textColor: 'blue' }],
    ...(stability === 'deprecated' && {
      deprecated: { ...(sunset !== null && { date: sunset }), message: notice ?? '' },
    }),
  };
  const body = contractPage(event).sections.map(sectionText).join('\n\n');
  return [
    { path: `${folder}/index.mdx`, text: page(front, body) },
    { path: `${folder}/schema.json`, text: `${JSON.stringify(contract.value, null, 2)}\n` },
  ];
}

const CHANNEL_VERSION = '1.0.0';
const versionOf = (major: number): string => `${major}.0.0`;

function channelFile(topic: string, all: readonly PublishedContract[]): TextFile {
  const owners = [...new Set(all.filter((each) => each.topic === topic).map(({ owner }) => idOf(owner)))].sort();
  const front = {
    ...{ id: topic, name: topic, version: CHANNEL_VERSION, address: topic, protocols: ['kafka'], owners },
    summary: 'Keyed by the business key: events of one key are in order.',
  };
  return { path: `channels/${topic}/index.mdx`, text: page(front, '') };
}

function serviceFile(all: readonly PublishedContract[], sourceSystem: string): TextFile {
  const id = idOf(sourceSystem);
  const front = {
    ...{ id, name: sourceSystem, version: '1.0.0' },
    summary: 'The system whose business events these are, told out of its database.',
    sends: all.map(({ name, version, topic }) => ({
      ...{ id: name, version: versionOf(version), to: [{ id: topic, version: CHANNEL_VERSION }] },
    })),
  };
  return { path: `services/${id}/index.mdx`, text: page(front, escaped(front.summary)) };
}

/** In names of files and references. */
const idOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '') || 'unnamed';

const page = (front: object, body: string): string =>
  `---\n${stringify(front, { lineWidth: 0 })}---\n${body === '' ? '' : `\n${body}\n`}`;
