// Commands and workflows: what began, with its input, and how it ended.
import { api, ApiError } from './api.js';
import { Button, Dialog, Empty, Field, Head, Id, Json, Loading, More, Problem, Status, Table, Time, say, useAction, useLoad, usePages } from './components.js';
import { duration } from './format.js';
import { useNews } from './inbox.js';
import { link, setQuery } from './router.js';
import { session } from './session.js';
import { html, useState } from './vendor/htm.js';

/** Reads JSON that a user wrote; nothing where the field is empty. */
export function parsed(text) {
  if (text.trim() === '') {
    return { value: undefined };
  }
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: `Not JSON: ${error.message}. Put a text into quotes.` };
  }
}

/**
 * A view of runs. kind: { path, title, note, scope, news, startName, began: run => time, ended: run => time, isOpen: run => bool,
 * status: { name: [mark, word] }, endings: [{ name, title, field?: { label, isText, required, hint }, send: (run, value) => promise }] }.
 */
export function Runs({ kind, query }) {
  const list = usePages(kind.path, {});
  const [isStarting, setStarting] = useState(false);
  useNews(kind.news, list.reload);
  const mayWrite = session.can(kind.scope);
  const columns = [
    { name: 'Began', kind: 'fixed', cell: run => html`<${Time} value=${kind.began(run)} />` },
    { name: 'Name', cell: run => html`<a href=${link(kind.path, { open: run.id })}>${run.name}</a>` },
    { name: 'Status', kind: 'fixed', cell: run => html`<${RunStatus} kind=${kind} run=${run} />` },
    { name: 'Took', kind: 'number', cell: run => (kind.isOpen(run) ? '–' : duration((run.durationMs ?? 0) / 1_000)) },
    { name: 'Id', kind: 'fixed', cell: run => html`<${Id} value=${run.id} />` },
  ];
  return html`
    <${Head} title=${kind.title} note=${kind.note}>
      ${mayWrite && html`<${Button} kind="primary" onClick=${() => setStarting(true)}>${kind.startName}</${Button}>`}
    </${Head}>
    <${Problem} error=${list.error} retry=${list.reload} />
    ${!list.items ? !list.error && html`<${Loading} />`
      : list.items.length === 0 ? html`<${Empty} title=${`No ${kind.title.toLowerCase()}`}>Those that you or your programs start appear here by themselves.</${Empty}>`
      : html`<${Table} label=${kind.title} columns=${columns} rows=${list.items} rowKey=${run => run.id} />`}
    <${More} list=${list} />
    ${isStarting && html`<${Start} kind=${kind} onClose=${() => setStarting(false)} onDone=${list.reload} />`}
    ${query.open && html`<${Detail} key=${query.open} kind=${kind} id=${query.open} mayWrite=${mayWrite} onDone=${list.reload} onClose=${() => setQuery({ open: undefined })} />`}`;
}

const RunStatus = ({ kind, run }) => html`<${Status} kind=${kind.status[run.status]?.[0] ?? 'info'}>${kind.status[run.status]?.[1] ?? run.status}</${Status}>`;

function Start({ kind, onClose, onDone }) {
  const [name, setName] = useState('');
  const [input, setInput] = useState('');
  const [errors, setErrors] = useState({});
  const [send, isBusy] = useAction(async value => {
    try {
      await api.post(kind.path, { name, input: value });
      say(`${name} has started.`, 'ok');
      onClose();
      onDone();
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 400)) {
        throw error;
      }
      setErrors({ name: error.of('name') ?? (error.of('input') ? undefined : error.message), input: error.of('input') });
    }
  });
  const submit = event => {
    event.preventDefault();
    const { value, problem } = parsed(input);
    setErrors({ input: problem });
    problem || send(value);
  };
  return html`<${Dialog} title=${kind.startName.replace('…', '')} onClose=${onClose}>
    <form onSubmit=${submit}>
      <${Field} label="Name" value=${name} required maxlength="128" error=${errors.name} onInput=${event => setName(event.target.value)} />
      <${Field} label="Input" type="textarea" rows="6" value=${input} error=${errors.input} hint="JSON, or nothing." onInput=${event => setInput(event.target.value)} />
      <div class="actions"><${Button} onClick=${onClose}>Cancel</${Button}><${Button} kind="primary" type="submit" busy=${isBusy}>Start</${Button}></div>
    </form>
  </${Dialog}>`;
}

function Detail({ kind, id, mayWrite, onDone, onClose }) {
  const { data: run, error, reload } = useLoad(signal => api.get(`${kind.path}/${id}`, {}, { signal }), [id]);
  const [ending, setEnding] = useState(null);
  useNews(kind.news, reload);
  const ended = () => {
    setEnding(null);
    reload();
    onDone();
  };
  return html`<${Dialog} side title=${run?.name ?? kind.title} onClose=${onClose}
      actions=${run && kind.isOpen(run) && mayWrite && !ending && kind.endings.map(each => html`<${Button} key=${each.name} kind=${each.kind} onClick=${() => setEnding(each)}>${each.name}</${Button}>`)}>
    <${Problem} error=${error} retry=${reload} />
    ${!run && !error && html`<${Loading} />`}
    ${run && html`<dl class="facts">
      <dt>Status</dt><dd><${RunStatus} kind=${kind} run=${run} /></dd>
      <dt>Began</dt><dd><${Time} value=${kind.began(run)} ms /></dd>
      ${!kind.isOpen(run) && html`<dt>Ended</dt><dd><${Time} value=${kind.ended(run)} ms /></dd><dt>Took</dt><dd>${duration((run.durationMs ?? 0) / 1_000)}</dd>`}
      ${run.sessionId && html`<dt>Session</dt><dd><${Id} value=${run.sessionId} label="session id" /></dd>`}
      <dt>Id</dt><dd><${Id} value=${run.id} /></dd>
    </dl>
    ${run.error && html`<h3>Error</h3><p>${run.error}</p>`}
    <h3>Input</h3>
    ${run.input === undefined || run.input === null ? html`<p class="muted">None.</p>` : html`<${Json} value=${run.input} label="The input as JSON" />`}
    <h3>Output</h3>
    ${run.output === undefined || run.output === null ? html`<p class="muted">${kind.isOpen(run) ? 'None yet.' : 'None.'}</p>` : html`<${Json} value=${run.output} label="The output as JSON" />`}
    ${ending && html`<${End} key=${ending.name} ending=${ending} run=${run} onClose=${() => setEnding(null)} onDone=${ended} />`}`}
  </${Dialog}>`;
}

function End({ ending, run, onClose, onDone }) {
  const [text, setText] = useState('');
  const [error, setError] = useState('');
  const [send, isBusy] = useAction(async value => {
    try {
      await ending.send(run, value);
      say(`${run.name} has ended.`, 'ok');
      onDone();
    } catch (failure) {
      if (!(failure instanceof ApiError)) {
        throw failure;
      }
      setError(failure.message);
    }
  });
  const submit = event => {
    event.preventDefault();
    const { value, problem } = ending.field.isText ? { value: text } : parsed(text);
    setError(problem ?? '');
    problem || send(value);
  };
  return html`<form onSubmit=${submit}>
    <h3>${ending.title}</h3>
    <${Field} label=${ending.field.label} type="textarea" rows="4" value=${text} required=${ending.field.required} error=${error} hint=${ending.field.hint} onInput=${event => setText(event.target.value)} />
    <div class="actions"><${Button} onClick=${onClose}>Cancel</${Button}><${Button} kind="primary" type="submit" busy=${isBusy}>${ending.title}</${Button}></div>
  </form>`;
}
