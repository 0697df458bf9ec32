// Events: the live feed. With ?story= it is one story.
import { Button, Dialog, Empty, Field, Head, Id, Json, Loading, Mark, Problem, Status, Table, Time, say } from '../components.js';
import { Feed, effectOf, isForgotten, results } from '../feed.js';
import { duration, number, plural, short, summary } from '../format.js';
import { useNames } from '../names.js';
import { link, setQuery } from '../router.js';
import { openStream } from '../stream.js';
import { useSubscriptions } from '../subscriptions.js';
import { html, useEffect, useMemo, useRef, useState } from '../vendor/htm.js';
import { Story } from './story.js';

const MaxEvents = 1_000;
const RowStep = 100;
// Shown in batches: a busy gateway brings more than a browser can draw, or anybody can read.
const DrawInterval = 250;

export default function Events({ query }) {
  return query.story ? html`<${Story} key=${query.story} id=${query.story} />` : html`<${LiveFeed} query=${query} />`;
}

function useFeed({ type, userId, correlationId }) {
  const feed = useRef();
  feed.current ??= new Feed(MaxEvents);
  const [view, setView] = useState({ entries: [], total: 0 });
  const [state, setState] = useState({ name: 'connecting', text: '' });
  useEffect(() => {
    let timer = 0;
    feed.current.clear();
    const draw = () => {
      timer = 0;
      setView({ entries: feed.current.entries.slice(), total: feed.current.total });
    };
    draw();
    const close = openStream('operations/stream', { type, userId, correlationId, limit: 100 }, {
      onEvent: message => {
        if (feed.current.take(message) && timer === 0) {
          timer = setTimeout(draw, DrawInterval);
        }
      },
      onState: (name, text) => setState({ name, text }),
    });
    return () => {
      close();
      clearTimeout(timer);
    };
  }, [type, userId, correlationId]);
  return [view, state];
}

function LiveFeed({ query }) {
  const { type = '', user = '', correlation = '', text = '' } = query;
  const { types } = useSubscriptions();
  const users = useNames();
  const [view, state] = useFeed({ type, userId: user && users.idOf(user), correlationId: correlation });
  const [held, setHeld] = useState(null);
  const [shownRows, setShownRows] = useState(RowStep);
  const [open, setOpen] = useState(null);
  const { entries, total } = held ?? view;
  const found = useMemo(() => matching(entries, text), [entries, text]);
  const missed = held ? view.total - held.total : 0;
  // A changed filter begins a feed of its own.
  useEffect(() => setHeld(null), [type, user, correlation]);
  const change = name => event => setQuery({ [name]: event.target.value.trim() || undefined });
  const isFiltered = type || user || correlation || text;
  return html`
    <${Head} title="Events" note=${html`<${Connection} state=${state} isHeld=${Boolean(held)} />`}>
      <${Button} kind=${held ? 'primary' : ''} onClick=${() => setHeld(held ? null : view)}>${held ? `Resume, ${number(missed)} new` : 'Pause'}</${Button}>
    </${Head}>
    <form class="filters" role="search" aria-label="Filter the events" onSubmit=${event => event.preventDefault()}>
      <${Field} label="Type" type="select" options=${[['', 'All types'], ...types, ...(type && !types.includes(type) ? [type] : [])]} value=${type} onChange=${change('type')} />
      <${Field} label="User" list="user-names" placeholder="Name or id" value=${user} onChange=${change('user')} />
      <${Field} label="Correlation id" placeholder="All of one request" value=${correlation} onChange=${change('correlation')} />
      <${Field} label="Text" type="search" placeholder="Anywhere in the event" value=${text} onInput=${change('text')} />
      ${isFiltered && html`<div><a class="button" role="button" href=${link('events')}>Clear</a></div>`}
      <datalist id="user-names">${users.names.map(name => html`<option value=${name}></option>`)}</datalist>
    </form>
    ${state.name === 'failed' && html`<${Problem} error=${new Error(state.text)} />`}
    ${found.length === 0
      ? html`<${Waiting} state=${state} isFiltered=${isFiltered} inMemory=${entries.length} />`
      : html`<${Rows} entries=${found.slice(0, shownRows)} users=${users} onOpen=${setOpen} />`}
    <p class="more muted">
      ${found.length > shownRows && html`<${Button} onClick=${() => setShownRows(shownRows + RowStep)}>Show ${Math.min(RowStep, found.length - shownRows)} more</${Button}> `}
      ${found.length > 0 && html`<span>${plural(found.length, 'event')}${total > MaxEvents ? `. This page keeps the newest ${number(MaxEvents)} of ${number(total)}; the audit log has them all.` : ''}</span>`}
    </p>
    ${open && html`<${Detail} entry=${entries.find(entry => entry.event.id === open.event.id) ?? open} users=${users} onClose=${() => setOpen(null)} />`}`;
}

function matching(entries, text) {
  if (!text) {
    return entries;
  }
  const wanted = text.toLowerCase();
  return entries.filter(entry => (entry.text ??= JSON.stringify(entry.event).toLowerCase()).includes(wanted));
}

function Connection({ state, isHeld }) {
  return isHeld ? html`<${Status} kind="warn">Paused. New events are counted, and shown when you resume.</${Status}>`
    : state.name === 'open' ? html`<${Status} kind="ok">Live</${Status}>`
    : state.name === 'connecting' ? html`<${Status} kind="busy">Connecting${state.text ? `. ${state.text}` : ''}</${Status}>`
    : html`<${Status} kind="bad">${state.text}</${Status}>`;
}

function Waiting({ state, isFiltered, inMemory }) {
  if (state.name === 'failed') {
    return null;
  }
  return state.name !== 'open' ? html`<${Loading}>Connecting…</${Loading}>`
    : isFiltered ? html`<${Empty} title="No event fits the filter">${inMemory > 0 ? `${plural(inMemory, 'event')} without the text are in memory. ` : ''}New ones appear here by themselves.</${Empty}>`
    : html`<${Empty} title="No events yet">They appear here by themselves: upload a file, for example.</${Empty}>`;
}

function Rows({ entries, users, onOpen }) {
  const columns = [
    { name: 'Time', kind: 'fixed', cell: ({ event }) => html`<${Time} value=${event.timestamp} ms />` },
    { name: 'Type', kind: 'fixed', cell: entry => html`<button type="button" class="link" onClick=${() => onOpen(entry)}>${entry.event.type}</button>` },
    { name: 'What', kind: 'cut', cell: ({ event }) => html`<span title=${summary(event)}>${summary(event)}</span>` },
    { name: 'User', kind: 'name', cell: ({ event }) => (event.metadata.userId ? html`<span title=${event.metadata.userId}>${users.nameOf(event.metadata.userId)}</span>` : html`<span class="muted">–</span>`) },
    { name: 'Effects', kind: 'fixed', cell: entry => html`<${Effects} entry=${entry} />` },
    { name: 'Story', kind: 'fixed', cell: ({ event }) => (event.correlationId ? html`<a href=${link('events', { story: event.correlationId })} title=${event.correlationId}><span class="hidden">Story </span><code>${short(event.correlationId)}</code></a>` : html`<span class="muted">–</span>`) },
  ];
  return html`<div class="feed"><${Table} label="Events" columns=${columns} rows=${entries} rowKey=${entry => entry.event.id} /></div>`;
}

function Effects({ entry }) {
  return html`<span class="effects">${entry.consumers.map(consumer => {
    const effect = effectOf(entry, consumer);
    const { kind, word } = effect ? results[effect.result] ?? { kind: 'info', word: effect.result }
      : isForgotten(entry.event) ? { kind: 'none', word: 'not known any more' } : { kind: 'busy', word: 'not yet' };
    return html`<span class="status ${kind}" title=${`${consumer}: ${word}${effect ? `, ${duration(effect.latencyMs / 1_000)} after the event, by ${effect.source}` : ''}`}>
      <${Mark} kind=${kind} />${consumer}<span class="hidden">: ${word}</span>${effect?.result === 'handled' && effect.latencyMs >= 1_000 ? ` ${duration(effect.latencyMs / 1_000)}` : ''}</span>`;
  })}</span>`;
}

function Detail({ entry, users, onClose }) {
  const { event } = entry;
  const { userId, service, traceparent } = event.metadata;
  const copy = () => navigator.clipboard.writeText(JSON.stringify(event, null, 2)).then(() => say('Copied the event.', 'ok'), () => say('The browser does not let the page copy.', 'bad'));
  const columns = [
    { name: 'Consumer', cell: row => row.consumer },
    { name: 'Result', cell: ({ effect }) => (effect ? html`<${Status} kind=${results[effect.result]?.kind ?? 'info'}>${results[effect.result]?.word ?? effect.result}</${Status}>` : isForgotten(event) ? html`<${Status} kind="none">not known any more</${Status}>` : html`<${Status} kind="busy">not yet</${Status}>`) },
    { name: 'After', kind: 'number', cell: ({ effect }) => (effect ? duration(effect.latencyMs / 1_000) : '–') },
    { name: 'By', cell: ({ effect }) => effect?.source ?? '–' },
    { name: 'Error', cell: ({ effect }) => effect?.error ?? '–' },
  ];
  const rows = entry.consumers.flatMap(consumer => {
    const own = entry.effects.filter(effect => effect.consumer === consumer);
    return own.length > 0 ? own.map(effect => ({ consumer, effect })) : [{ consumer }];
  });
  return html`<${Dialog} side title=${event.type} onClose=${onClose} actions=${html`
      <${Button} onClick=${copy}>Copy the JSON</${Button}>
      <a class="button" href=${link('events', { type: event.type })} onClick=${onClose}>Only this type</a>
      ${userId && html`<a class="button" href=${link('events', { user: users.nameOf(userId).startsWith('…') ? userId : users.nameOf(userId) })} onClick=${onClose}>Only this user</a>`}
      ${event.correlationId && html`<a class="button" href=${link('events', { story: event.correlationId })} onClick=${onClose}>Its story</a>`}`}>
    <dl class="facts">
      <dt>Time</dt><dd><${Time} value=${event.timestamp} ms /></dd>
      <dt>User</dt><dd>${userId ? html`${users.nameOf(userId)} <${Id} value=${userId} label="user id" />` : '–'}</dd>
      <dt>Event id</dt><dd><${Id} value=${event.id} label="event id" /></dd>
      <dt>Correlation id</dt><dd><${Id} value=${event.correlationId} label="correlation id" /></dd>
      <dt>Sent by</dt><dd>${service} ${event.metadata.version}</dd>
      ${traceparent && html`<dt>Trace</dt><dd><${Id} value=${traceparent.split('-')[1]} label="trace id" /></dd>`}
    </dl>
    <h3>Effects</h3>
    <${Table} label="Effects of the event" columns=${columns} rows=${rows} rowKey=${row => `${row.consumer}/${row.effect?.at}`} />
    <h3>The event</h3>
    <${Json} value=${event} label="The event as JSON" />
  </${Dialog}>`;
}
