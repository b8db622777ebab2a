/** The pages of what is promised: all events, and one of them for a team that begins to read it. Pure. */
import type { Consumers, ContractOne, Contracts } from '../answers/contracts.js';
import { html, type Html, query } from '../../html.js';
import { line, numbers, prose, table } from '../table.js';
import { notice } from './layout.js';
import { count, plural, time, weight } from '../words.js';

export const contractsContent = ({ contracts, since }: Contracts): Html =>
  html`<h1>Contracts</h1>
    <p class="sub">counted by this member since ${time(since)}</p>
    ${
      contracts.length === 0
        ? html`<p class="empty">
            The rules publish nothing. Declare a contract, and publish a fact under it (docs/first-rule.md).
          </p>`
        : table(
            ['Event', prose('What has happened'), 'Owner', numbers('Last minute'), numbers('Last hour')],
            contracts.map(({ event, version, topic, owner, meaning, stability, lastMinute, lastHour }) => [
              html`<a href="/contracts/one${query({ event, version })}">${event}</a>
                <small>v${version}${stability !== 'stable' && `, ${stability}`}</small><br /><small>${topic}</small>`,
              ...[meaning, owner, count(lastMinute), count(lastHour)],
            ]),
          )
    }`;

/** @param consumers why they are not known, in words, when they are not. */
export const contractContent = (one: ContractOne, consumers: Consumers | string): Html =>
  html`<h1>${one.event} <small>v${one.version}</small></h1>
    <p class="sub">topic ${one.topic}, key ${one.key}, owner ${one.owner}</p>
    ${endingPart(one)}
    <dl>
      <dt>What has happened</dt>
      <dd>${one.meaning}</dd>
      <dt>What is certain</dt>
      <dd>${one.certainty}</dd>
      <dt>Not sent when</dt>
      <dd>${one.notSentWhen}</dd>
      <dt>Published</dt>
      <dd>${count(one.lastMinute)} in the last minute, ${count(one.lastHour)} in the last hour</dd>
    </dl>
    <h2>Who reads it</h2>
    ${consumersPart(consumers)}
    <h2>When it happens</h2>
    ${one.facts.map(
      ({ fact, aggregate, kind, importance, conditions }) =>
        html`<p>
            Fact <strong>${fact}</strong> of ${aggregate} (${kind}),
            ${weight(importance)}${conditions.length > 0 && ', when all of this holds:'}
          </p>
          ${
            conditions.length > 0 &&
            html`<ul>
              ${conditions.map((name) => html`<li>${name}</li>`)}
            </ul>`
          }`,
    )}
    <h2>Fields</h2>
    ${table(
      ['Field', 'Type', 'Always there'],
      one.fields.map(({ name, type, class: called, isRequired, isMetadata }) => [
        html`${name}
        ${isMetadata && html`<small>of every event</small>`}${called !== null && html`<small>${called}</small>`}`,
        ...[type, isRequired ? 'yes' : 'no'],
      ]),
    )}
    <h2>Example of the business fields</h2>
    <pre tabindex="0">${JSON.stringify(one.example, null, 2)}</pre>`;

function endingPart({ stability, sunset, replacedBy }: ContractOne): Html | false {
  if (stability === 'experimental') return notice('note', 'Experimental: it may change without notice.');
  if (stability === 'stable') return false;
  const until =
    sunset === null ? 'it goes, and nobody said when' : `from ${sunset} on (UTC) it may not be sent any more`;
  const next = replacedBy === null ? '' : ` ${replacedBy} takes its place.`;
  return notice('bad', `Deprecated: ${until}.${next}`);
}

function consumersPart(consumers: Consumers | string): Html {
  if (typeof consumers === 'string') return notice('note', consumers);
  const { groups, notLookedAt, asOf } = consumers;
  if (groups.length === 0)
    return html`<p class="empty">
      No consumer group has committed an offset in this topic. A group shows up here when it has read its first event.
    </p>`;
  return html`<p class="sub">as of ${time(asOf)}</p>
    ${table(
      ['Group', numbers('Behind, records'), line('Has read what was published until')],
      groups.map(({ group, lagRecords, readUpTo }) => [
        group,
        count(lagRecords),
        readUpTo === null ? '–' : time(readUpTo),
      ]),
    )}
    ${notLookedAt > 0 && html`<p>${plural(notLookedAt, 'more group')} not looked at.</p>`}`;
}
