// Notifications: the user's own, live.
import { Button, Dialog, Empty, Field, Head, Id, Json, Loading, Problem, Status, Table, Time } from '../components.js';
import { plural, summary } from '../format.js';
import { useInbox } from '../inbox.js';
import { link, setQuery } from '../router.js';
import { session } from '../session.js';
import { html, useState } from '../vendor/htm.js';

const states = { open: ['ok', 'Live'], connecting: ['busy', 'Connecting'], waiting: ['warn', 'Signed out'], failed: ['bad', 'Not live'] };

export default function Notifications({ query }) {
  const { name = '' } = query;
  const { items, state } = useInbox();
  const [open, setOpen] = useState(null);
  const names = [...new Set(items.map(item => item.name))].sort();
  const found = items.filter(item => !name || item.name === name);
  const columns = [
    { name: 'Time', kind: 'fixed', cell: item => html`<${Time} value=${item.timestamp} />` },
    { name: 'Notification', kind: 'fixed', cell: item => html`<${Button} kind="link" onClick=${() => setOpen(item)}>${item.name}</${Button}>` },
    { name: 'What', cell: summary },
    { name: 'Number', kind: 'number', cell: item => item.sequence },
  ];
  return html`
    <${Head} title="Notifications" note=${html`<${Status} kind=${states[state.name]?.[0]}>${states[state.name]?.[1]}</${Status}>`} />
    <div class="filters"><${Field} label="Name" type="select" options=${[['', 'All'], ...names, ...(name && !names.includes(name) ? [name] : [])]} value=${name} onChange=${event => setQuery({ name: event.target.value || undefined })} /></div>
    ${state.name === 'failed' && html`<${Problem} error=${new Error(state.text)} />`}
    ${found.length > 0 ? html`<${Table} label="Notifications" columns=${columns} rows=${found} rowKey=${item => item.sequence} />
        <p class="more muted">${plural(found.length, 'notification')}, newest first.</p>`
      : state.name === 'connecting' ? html`<${Loading}>Connecting…</${Loading}>`
      : html`<${Empty} title=${name ? 'None of that name' : 'No notifications'}>New ones appear here by themselves.</${Empty}>`}
    ${open && html`<${Detail} item=${open} onClose=${() => setOpen(null)} />`}`;
}

const Detail = ({ item, onClose }) => html`<${Dialog} side title=${item.name} onClose=${onClose}
    actions=${session.isAdmin && session.can('events:admin') && item.correlationId && html`<a class="button" href=${link('events', { story: item.correlationId })} onClick=${onClose}>Its story</a>`}>
  <dl class="facts">
    <dt>Time</dt><dd><${Time} value=${item.timestamp} ms /></dd>
    <dt>Number</dt><dd>${item.sequence}</dd>
    <dt>Event id</dt><dd><${Id} value=${item.eventId} label="event id" /></dd>
    <dt>Correlation id</dt><dd><${Id} value=${item.correlationId} label="correlation id" /></dd>
  </dl>
  <${Json} value=${item.payload} label="The payload as JSON" />
</${Dialog}>`;
