// Dead letters: by consumer and error, to retry, to edit and to discard.
import { api, ApiError } from '../api.js';
import { Button, Dialog, Empty, Field, Head, Id, Json, Loading, Mark, More, Problem, Status, Table, Time, confirm, say, useAction, useLoad, usePages } from '../components.js';
import { number, plural, short, summary } from '../format.js';
import { useNames } from '../names.js';
import { link, setQuery } from '../router.js';
import { useSubscriptions } from '../subscriptions.js';
import { html, useMemo, useState } from '../vendor/htm.js';

// What nobody gets if a consumer never handles an event.
const losses = {
  audit: 'The audit log gets no line of it.',
  notifications: 'Its user gets no notification of it.',
  orchestrator: 'The orchestrator does not learn of it: the context of its user stays without it.',
};

const pathOf = letter => `dead-letters/${letter.consumer}/${encodeURIComponent(letter.id)}`;
const nameOf = letter => letter.type ?? 'a message that is no event';

export default function DeadLetters({ query }) {
  const { consumer = '', type = '', open } = query;
  const subscriptions = useSubscriptions();
  const list = usePages('dead-letters', { consumer, type }, { every: 10_000 });
  const groups = useMemo(() => grouped(list.items ?? []), [list.items]);
  const [editing, setEditing] = useState(null);
  const change = name => event => setQuery({ [name]: event.target.value || undefined });
  const done = () => {
    setEditing(null);
    setQuery({ open: undefined });
    list.reload();
    // The button that had the focus goes with its row.
    document.querySelector('main h1').focus();
  };
  const isFiltered = consumer || type;
  return html`
    <${Head} title="Dead letters" note="Events that a consumer could not handle in eight attempts. Everything else goes on without them.">
      <${Button} onClick=${list.reload}>Look again</${Button}>
    </${Head}>
    <div class="filters">
      <${Field} label="Consumer" type="select" options=${[['', 'All consumers'], ...subscriptions.consumers.map(each => each.name), ...unlisted(consumer, subscriptions.consumers.map(each => each.name))]} value=${consumer} onChange=${change('consumer')} />
      <${Field} label="Type" type="select" options=${[['', 'All types'], ...subscriptions.types, ...unlisted(type, subscriptions.types)]} value=${type} onChange=${change('type')} />
    </div>
    <${Problem} error=${list.error} retry=${list.reload} />
    ${!list.items ? !list.error && html`<${Loading} />`
      : list.items.length === 0 ? html`<${Empty} title=${isFiltered ? 'No dead letter fits the filter' : 'No dead letters'}><${Mark} kind="ok" /> ${isFiltered ? 'Others may exist.' : 'Every consumer has handled what it got.'}</${Empty}>`
      : groups.map(group => html`<${ConsumerGroup} key=${group.consumer} group=${group} type=${type} hasMore=${list.hasMore} onDone=${done} onEdit=${setEditing} />`)}
    <${More} list=${list} />
    ${editing ? html`<${Edit} letter=${editing} onClose=${() => setEditing(null)} onDone=${done} />`
      : open && consumer && html`<${Detail} key=${`${consumer}/${open}`} consumer=${consumer} id=${open} onEdit=${setEditing} onDone=${done} onClose=${() => setQuery({ open: undefined })} />`}`;
}

const unlisted = (value, listed) => (value && !listed.includes(value) ? [value] : []);

/** Letters by consumer, then by error. Ids and numbers in an error do not make another one of it. */
export function grouped(letters) {
  const consumers = new Map();
  for (const letter of letters) {
    const error = letter.history[0]?.error ?? 'No error is known.';
    const key = error.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}|\d+/gi, '#');
    const errors = consumers.get(letter.consumer) ?? consumers.set(letter.consumer, new Map()).get(letter.consumer);
    const group = errors.get(key) ?? errors.set(key, { key, error, letters: [] }).get(key);
    group.letters.push(letter);
  }
  return [...consumers].map(([consumer, errors]) => ({
    consumer,
    errors: [...errors.values()].sort((one, other) => other.letters.length - one.letters.length),
    letters: [...errors.values()].flatMap(group => group.letters),
  }));
}

function ConsumerGroup({ group, type, hasMore, onDone, onEdit }) {
  const { consumer, letters, errors } = group;
  const retryable = letters.filter(letter => letter.event).length;
  const [retryAll, isBusy] = useAction(async () => {
    const which = `${hasMore ? 'all' : `the ${number(retryable)}`} dead ${retryable === 1 && !hasMore ? 'letter' : 'letters'} of ${consumer}${type ? ` with the type ${type}` : ''}`;
    if (await confirm({ title: `Retry ${which}?`, text: 'Its consumer gets each of them once more. Those that fail again stay here with the new error.', yes: 'Retry', kind: 'primary' })) {
      const { matched, delivered, failed } = await api.post('dead-letters/retry', { consumer, type: type || undefined });
      say(`${plural(matched, 'dead letter')} retried: ${number(delivered)} handled, ${number(failed)} failed again.`, failed > 0 ? 'bad' : 'ok');
      onDone();
    }
  });
  return html`<section class="part" aria-labelledby=${`letters-${consumer}`}>
    <div class="panel-head">
      <h2 id=${`letters-${consumer}`}>${consumer} <${Status} kind="bad">${plural(letters.length, 'dead letter')}${hasMore ? ' or more' : ''}</${Status}></h2>
      ${retryable > 0 && html`<${Button} busy=${isBusy} onClick=${retryAll}>Retry all of ${consumer}</${Button}>`}
    </div>
    ${errors.map(each => html`<${ErrorGroup} key=${each.key} consumer=${consumer} group=${each} isOnly=${errors.length === 1} onDone=${onDone} onEdit=${onEdit} />`)}
  </section>`;
}

function ErrorGroup({ consumer, group, isOnly, onDone, onEdit }) {
  const retryable = group.letters.filter(letter => letter.event);
  const [retryGroup, isBusy] = useAction(async () => {
    let delivered = 0;
    for (const letter of retryable) {
      delivered += (await api.post(`${pathOf(letter)}/retry`)).delivered;
    }
    const failed = retryable.length - delivered;
    say(`${plural(retryable.length, 'dead letter')} retried: ${number(delivered)} handled, ${number(failed)} failed again.`, failed > 0 ? 'bad' : 'ok');
    onDone();
  });
  const columns = [
    { name: 'Since', kind: 'fixed', cell: letter => html`<${Time} value=${letter.deadLetteredAt} />` },
    { name: 'Event', cell: letter => html`<a href=${link('dead-letters', { consumer, open: letter.id })}>${letter.type ?? 'not an event'}</a> <span class="muted nowrap"><code title=${letter.id}>${short(letter.id)}</code></span>` },
    { name: 'What', cell: letter => (letter.event ? summary(letter.event) : html`<code>${letter.raw?.slice(0, 80)}</code>`) },
    { name: 'Attempts', kind: 'number', cell: letter => number(letter.attempts) },
    { name: 'Actions', kind: 'actions', cell: letter => html`<${Actions} letter=${letter} onDone=${onDone} onEdit=${onEdit} />` },
  ];
  return html`<div class="error-group">
    <div class="panel-head">
      <h3><${Mark} kind="bad" /> ${group.error}</h3>
      ${!isOnly && retryable.length > 1 && html`<${Button} busy=${isBusy} onClick=${retryGroup}>Retry these ${number(retryable.length)}</${Button}>`}
    </div>
    <${Table} label=${`Dead letters of ${consumer}: ${group.error}`} columns=${columns} rows=${group.letters} rowKey=${letter => letter.id} />
  </div>`;
}

function Actions({ letter, onDone, onEdit }) {
  const [retry, isRetrying] = useAction(async () => {
    const { delivered } = await api.post(`${pathOf(letter)}/retry`);
    await tellOutcome(letter, delivered);
    onDone();
  });
  const [discard, isDiscarding] = useAction(async () => {
    const isSure = await confirm({
      title: `Discard ${nameOf(letter)}?`,
      text: html`<p>${letter.consumer} never handles ${letter.event ? 'this event' : 'it'}, and this cannot be undone. ${losses[letter.consumer] ?? ''}</p>
        <p class="muted">${letter.event ? summary(letter.event) : letter.raw?.slice(0, 200)}</p>
        <p>What other consumers have made of it stays. Who discarded it is kept in the audit log.</p>`,
      yes: 'Discard',
    });
    if (isSure) {
      await api.del(pathOf(letter));
      say(`Discarded ${nameOf(letter)} of ${letter.consumer}.`, 'ok');
      onDone();
    }
  });
  const what = `${nameOf(letter)} ${short(letter.id)}`;
  return html`
    ${letter.event && html`<${Button} busy=${isRetrying} aria-label=${`Retry ${what}`} onClick=${retry}>Retry</${Button}>`}
    <${Button} aria-label=${`Edit and retry ${what}`} onClick=${() => onEdit(letter)}>Edit…</${Button}>
    <${Button} kind="danger" busy=${isDiscarding} aria-label=${`Discard ${what}`} onClick=${discard}>Discard…</${Button}>`;
}

async function tellOutcome(letter, delivered) {
  if (delivered > 0) {
    say(`${letter.consumer} handled ${nameOf(letter)}. The dead letter is gone.`, 'ok');
    return;
  }
  const again = await api.get(pathOf(letter)).catch(() => null);
  say(`${letter.consumer} failed again: ${again?.history[0]?.error ?? 'the dead letter stays.'}`, 'bad');
}

function Detail({ consumer, id, onEdit, onDone, onClose }) {
  const { data: letter, error } = useLoad(signal => api.get(`dead-letters/${consumer}/${encodeURIComponent(id)}`, {}, { signal }), [consumer, id]);
  const users = useNames();
  const isGone = error instanceof ApiError && error.status === 404;
  return html`<${Dialog} side title=${letter ? `${nameOf(letter)}, dead letter of ${consumer}` : `Dead letter of ${consumer}`} onClose=${onClose}
      actions=${letter && html`<${Actions} letter=${letter} onDone=${onDone} onEdit=${onEdit} />`}>
    ${isGone ? html`<${Empty} title="This dead letter is gone">It was handled by a retry, or discarded.</${Empty}>` : html`<${Problem} error=${error} />`}
    ${!letter && !error && html`<${Loading} />`}
    ${letter && html`
      <dl class="facts">
        <dt>Since</dt><dd><${Time} value=${letter.deadLetteredAt} /></dd>
        <dt>Attempts</dt><dd>${number(letter.attempts)}</dd>
        <dt>Id</dt><dd><${Id} value=${letter.id} /></dd>
        ${letter.event?.metadata.userId && html`<dt>User</dt><dd>${users.nameOf(letter.event.metadata.userId)} <${Id} value=${letter.event.metadata.userId} label="user id" /></dd>`}
        ${letter.event && html`<dt>Sent by</dt><dd>${letter.event.metadata.service} ${letter.event.metadata.version}</dd>`}
        ${letter.event?.correlationId && html`<dt>Story</dt><dd><a href=${link('events', { story: letter.event.correlationId })}>${letter.event.correlationId}</a></dd>`}
      </dl>
      <h3>Failures, newest first</h3>
      <ol class="history">${letter.history.map(failure => html`<li>
        <p><${Time} value=${failure.at} /> ${failure.error}</p>
        ${failure.edit && html`<div class="edit-note"><p>Edited before by ${users.nameOf(failure.edit.by)}: ${failure.edit.reason}</p><${Changes} changes=${failure.edit.changes} /></div>`}
      </li>`)}</ol>
      ${letter.event ? html`<h3>The event</h3><${Json} value=${letter.event} label="The event as JSON" />` : html`<h3>The message</h3><${Json} value=${letter.raw ?? ''} label="The message as it came" />`}`}
  </${Dialog}>`;
}

const Changes = ({ changes }) => html`<ul class="changes">${changes.map(({ field, before, after }) => html`<li key=${field}><code>${field}</code>: ${before !== undefined ? html`<del>${before}</del>` : html`<span class="muted">new</span>`} → ${after !== undefined ? html`<ins>${after}</ins>` : html`<span class="muted">removed</span>`}</li>`)}</ul>`;

function Edit({ letter, onClose, onDone }) {
  const [text, setText] = useState(() => draftOf(letter));
  const [original] = useState(() => parsed(text).value ?? {});
  const [reason, setReason] = useState('');
  const [errors, setErrors] = useState({});
  const { value, problem } = useMemo(() => parsed(text), [text]);
  const changes = useMemo(() => (value ? differences(original, value) : []), [value]);
  const [send, isBusy] = useAction(async () => {
    try {
      const { delivered } = await api.post(`${pathOf(letter)}/edit`, { event: value, reason });
      await tellOutcome({ ...letter, type: value.type }, delivered);
      onDone();
    } catch (error) {
      if (!(error instanceof ApiError && (error.of('event') || error.of('reason')))) {
        throw error;
      }
      setErrors({ event: error.of('event'), reason: error.of('reason') });
    }
  });
  const submit = event => {
    event.preventDefault();
    const missing = reason.trim() ? undefined : 'Say why, for whoever reads the audit log.';
    setErrors({ event: problem, reason: missing });
    if (!problem && !missing) {
      send();
    }
  };
  return html`<${Dialog} side title=${`Edit and retry ${nameOf(letter)}`} onClose=${onClose}>
    <p>${letter.consumer} failed: ${letter.history[0]?.error}</p>
    <form onSubmit=${submit}>
      <${Field} label="Event" type="textarea" rows="18" value=${text} onInput=${event => {
        setText(event.target.value);
        setErrors({ ...errors, event: undefined });
      }} error=${problem ?? errors.event} hint="The whole event as it should be. It keeps its id, unless the id belongs to another event." />
      ${changes.length > 0 && html`<div><h3>Changes</h3><${Changes} changes=${changes} /></div>`}
      <${Field} label="Reason" value=${reason} maxlength="500" onInput=${event => setReason(event.target.value)} error=${errors.reason} hint="Kept with the dead letter and in the audit log, with your name and the changes." />
      <div class="actions">
        <${Button} onClick=${onClose}>Cancel</${Button}>
        <${Button} kind="primary" type="submit" busy=${isBusy}>Retry the edited event</${Button}>
      </div>
    </form>
  </${Dialog}>`;
}

function draftOf({ event, raw = '' }) {
  try {
    return JSON.stringify(event ?? JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? { value } : { problem: 'Write a JSON object: { … }.' };
  } catch (error) {
    const position = Number(/position (\d+)/.exec(error.message)?.[1] ?? text.length);
    const lines = text.slice(0, position).split('\n');
    return { problem: `Not JSON: line ${lines.length}, column ${lines.at(-1).length + 1}. ${error.message.replace(/,? (in|after) JSON at position.*/, '')}.` };
  }
}

/** The changed fields by their paths, as the gateway names them in the audit log. An array counts as one field. */
export function differences(before, after) {
  const old = fields('', before);
  const changed = fields('', after);
  return [...new Set([...old.keys(), ...changed.keys()])].sort()
    .filter(field => old.get(field) !== changed.get(field))
    .map(field => ({ field, before: old.get(field), after: changed.get(field) }));
}

function fields(path, node, found = new Map()) {
  if (node !== null && typeof node === 'object' && !Array.isArray(node) && Object.keys(node).length > 0) {
    Object.entries(node).forEach(([name, value]) => fields(path ? `${path}.${name}` : name, value, found));
  } else if (path) {
    found.set(path, JSON.stringify(node));
  }
  return found;
}
