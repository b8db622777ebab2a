/** All files of an export, by path: the same rules and the same settings give the same bytes. Pure. */
import { contractText } from '../domain/integration-event.js';
import { asyncApi } from './documents/asyncapi.js';
import { contractPage } from './documents/contract-page.js';
import { eventCatalog, type TextFile } from './documents/event-catalog.js';
import { htmlPage } from './documents/html-page.js';
import { indexPage } from './documents/index-page.js';
import { markdownPage } from './documents/markdown.js';
import { typesText } from './documents/types-text.js';
import type { PublishedEvent } from './published-contracts.js';

/** @param events by name and version. */
export function exportFiles(events: readonly PublishedEvent[], sourceSystem: string): TextFile[] {
  const index = indexPage(events.map(({ contract }) => contract));
  return [
    ...events.flatMap(contractFiles),
    { path: 'asyncapi.json', text: json(asyncApi(events, sourceSystem)) },
    { path: 'index.md', text: markdownPage(index) },
    { path: 'index.html', text: htmlPage(index) },
    ...eventCatalog(events, sourceSystem).map(({ path, text }) => ({ path: `eventcatalog/${path}`, text })),
  ];
}

function contractFiles(event: PublishedEvent): TextFile[] {
  const { contract, example } = event;
  const page = contractPage(event);
  const files = {
    'contract.json': json(contract),
    'schema.json': json(contract.value),
    'example.json': json(example),
    'types.ts': typesText(contract),
    'page.md': markdownPage(page),
    'page.html': htmlPage(page),
  };
  const folder = contractText(contract.name, contract.version);
  return Object.entries(files).map(([name, text]) => ({ path: `${folder}/${name}`, text }));
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
