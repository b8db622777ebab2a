/** The page of who speaks for what: a matrix of each capability, its moves, and what was found in contract topics. Sent again as it changes. Pure. */
import type { CapabilityMigration, Findings, Migration, RouteNow } from '../../answers/migration.js';
import type { CapabilityParity, Parity } from '../../answers/parity.js';
import type { Stage } from '../../../domain/ownership/route.js';
import { html, type Html, type Part, query } from '../../../html.js';
import { line, numbers, prose, table } from '../../table.js';
import { choices, count, plural, status, time } from '../../words.js';
import { notice } from '../layout.js';
import { parityPart } from './parity.js';

/** What else the page shows; where it is not known, why, in words. */
export interface Beside {
  readonly parity: Parity | string;
  readonly findings: Findings | string;
}

export function migrationContent(shown: Migration, { parity, findings }: Beside, pipelines: readonly string[]): Html {
  const { pipeline, asOf, clock, capabilities } = shown;
  return html`<h1>Migration</h1>
    <p class="sub">
      ${pipeline}, as of ${time(asOf)}${clock !== null && html` · the source’s time is decided up to ${time(clock)}`}
    </p>
    ${choices(pipelines, pipeline, { to: (name) => `/migration${query({ pipeline: name })}` })}
    ${
      capabilities.length === 0
        ? html`<p class="empty">
            The rules declare no capability: Dragoman speaks under every contract. Say which contracts move together
            (docs/routes.md), and they stand here.
          </p>`
        : [
            typeof parity === 'string' && notice('note', parity),
            capabilities.map((each) =>
              capabilitySection(each, pipeline, typeof parity === 'string' ? [] : parity.capabilities),
            ),
            findingsSection(findings),
          ]
    }`;
}

const OWNERS = {
  sticky: 'what begins in one system ends there',
  immediate: 'it moves with its route',
} as const;

function capabilitySection(shown: CapabilityMigration, pipeline: string, parity: readonly CapabilityParity[]): Html {
  const { capability, owner, leftOut } = shown;
  const compared = parity.find((each) => each.capability === capability);
  return html`<section aria-label="Capability ${capability}">
    <h2>${capability} <small>${owner}: ${OWNERS[owner]}</small></h2>
    ${matrix(shown, pipeline, compared?.parts ?? [])}
    ${leftOut > 0 && html`<p>${plural(leftOut, 'more value')} without a route of their own.</p>`} ${ownedPart(shown)}
    <h3>Moves</h3>
    ${movesTable(shown)} ${compared !== undefined && parityPart(compared, pipeline)}
  </section>`;
}

/** Who speaks for which part: its page plans a move. */
export const partAddress = (of: {
  readonly pipeline: string;
  readonly capability: string;
  readonly selector: string;
  readonly contract?: string;
}): string => `/migration/one${query(of)}`;

export const partName = (selector: string): string => (selector === '' ? 'all' : selector);

function matrix(
  { capability, selectors, contracts }: CapabilityMigration,
  pipeline: string,
  compared: CapabilityParity['parts'],
): Html {
  const heads = selectors.map(
    (selector) => html`<a href="${partAddress({ pipeline, capability, selector })}">${partName(selector)}</a>`,
  );
  return html`<div class="matrix">
    ${table(
      ['Contract', ...heads.map((head) => ({ head }))],
      contracts.map(({ contract, parts }) => [
        contract,
        ...parts.map((part) => {
          const address = partAddress({ pipeline, capability, selector: part.selector, contract });
          return html`<a href="${address}"
              ><span class="hidden">${contract}, ${partName(part.selector)}: </span>${stageStatus(part.stage)}</a
            >${partNotes(part)}${percentNote(compared.find((each) => each.contract === contract && each.selector === part.selector))}`;
        }),
      ]),
      `Who speaks under the contracts of ${capability}, by part`,
    )}
  </div>`;
}

const STAGES: Readonly<Record<Stage, 'good' | 'warn' | 'idle'>> = { service: 'good', shadow: 'warn', legacy: 'idle' };

export const stageStatus = (stage: Stage): Html => status(STAGES[stage], stage);

/** Nothing, where no route was a service's yet. */
function ownedPart({ contracts }: CapabilityMigration): Html | false {
  if (contracts.some(({ owned }) => owned === null)) return notice('note', 'Whose aggregates are is not known now.');
  const counted = contracts.flatMap(({ contract, owned }) => (owned === null ? [] : [{ contract, ...owned }]));
  const some = counted.filter(({ service, legacy, open, owed }) => service + legacy + open + owed !== 0);
  return (
    some.length > 0 &&
    html`<h3>Whose they are</h3>
      <p class="sub">aggregates that were first seen since a route of the contract was its service’s</p>
      ${table(
        ['Contract', ...['The service’s', 'Legacy’s', 'Not settled', 'The service’s share', 'Facts owed'].map(numbers)],
        some.map(({ contract, service, legacy, open, owed }) => [
          contract,
          ...[count(service), count(legacy), count(open), shareWords(service, service + legacy + open), count(owed)],
        ]),
      )}`
  );
}

const shareWords = (part: number, whole: number): string =>
  whole <= 0 ? '–' : `${Math.floor((part * 1_000) / whole) / 10} %`;

type PartNow = CapabilityMigration['contracts'][number]['parts'][number];

const partNotes = ({ epoch, but, next }: PartNow): Part => [
  epoch !== null && epoch > 0 && html` <small>epoch ${epoch}</small>`,
  but.length > 0 && html`<div><small>but ${but.join(', ')}</small></div>`,
  next !== null && html`<div>${nextStatus(next)}</div>`,
];

const percentNote = (figures: CapabilityParity['parts'][number] | undefined): Html | false =>
  figures !== undefined &&
  figures.percent !== null &&
  html`<div><small>${figures.percent} % of ${count(figures.pairs)}</small></div>`;

/** Where it is on its way to, in a word or two. */
function nextStatus({ to, waits, isOverdue }: NonNullable<RouteNow['next']>): Html {
  if (isOverdue) return status('bad', `to ${to}, overdue`);
  return status('warn', waits === 'service' ? `to ${to}, asked` : `to ${to}`);
}

/** The same in a sentence. */
export function onItsWay(next: RouteNow['next'], apart: readonly string[]): Part {
  const other = apart.length > 0 && html`<div>not yet in ${apart.join(', ')}</div>`;
  if (next === null) return [other];
  const { at, by, waits } = next;
  const words =
    waits === 'service'
      ? html`its service was asked for it at ${time(at)} by ${by}`
      : html`at ${time(at)} by the source’s time, by ${by}`;
  return html`${nextStatus(next)}
    <div>${words}</div>
    ${other}`;
}

function movesTable({ routes }: CapabilityMigration): Html {
  const moved = routes.filter(({ at, next, apart }) => at !== null || next !== null || apart.length > 0);
  if (moved.length === 0)
    return html`<p class="empty">Nobody has moved anything. A part in the table leads to a plan.</p>`;
  return routesTable(moved.sort((a, b) => (b.at ?? '').localeCompare(a.at ?? '')));
}

export const routesTable = (routes: readonly RouteNow[]): Html =>
  table(
    ['Route', 'Stage', line('Since'), 'By', prose('Why'), 'On its way'],
    routes.map(({ route, stage, epoch, at, by, reason, next, apart }) => [
      route,
      html`${stageStatus(stage)} <small>epoch ${epoch}</small>`,
      at === null ? '–' : time(at),
      ...[by ?? '–', reason ?? '–', onItsWay(next, apart)],
    ]),
  );

function findingsSection(findings: Findings | string): Html {
  return html`<section aria-label="Found in contract topics">
    <h2>Found in contract topics</h2>
    ${typeof findings === 'string' ? notice('note', findings) : findingsPart(findings)}
  </section>`;
}

function findingsPart({ findings, lookedAt, isAll }: Findings): Html {
  const among = isAll ? '' : ` among the last ${plural(lookedAt, 'dead letter')}`;
  if (findings.length === 0) return html`<p class="empty">Nothing is wrong with what services published${among}.</p>`;
  return html`<p class="sub">
      what services published and is not as it should be, one by one, the newest first${among}
    </p>
    ${table(
      [line('When'), 'Code', prose('What'), 'Who', line('Where')],
      findings.map(({ code, text, producer, key, at, topic, partition, offset }) => [
        time(at),
        html`<strong>${code}</strong>`,
        text,
        producer ?? 'not said',
        html`${topic}<br /><small>partition ${partition}, offset ${offset}${key !== '' && `, key ${key}`}</small>`,
      ]),
    )}`;
}
