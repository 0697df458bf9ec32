// The parts that all tabs are made of.
import { api, ApiError } from './api.js';
import { clock, short, utc } from './format.js';
import { session } from './session.js';
import { html, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from './vendor/htm.js';

let lastId = 0;

/** An id for labels, the same for the life of the component. */
export function useId() {
  const id = useRef();
  id.current ??= `c${++lastId}`;
  return id.current;
}

export function useSession() {
  const [state, set] = useState(session.state);
  useEffect(() => {
    set(session.state);
    return session.subscribe(set);
  }, []);
  return state;
}

/**
 * Loads data, again when an input changes, and every `every` milliseconds while the page is visible.
 * load(signal) returns a promise. Old data stays while new data loads, and after an error. isHeld: do not renew it now.
 */
export function useLoad(load, inputs, { every = 0, isHeld = false } = {}) {
  const [result, set] = useState({ data: undefined, error: null, isLoading: true });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = { load, isHeld };
  useEffect(() => {
    const leaving = new AbortController();
    let timer = 0;
    const run = async () => {
      set(before => ({ ...before, isLoading: true }));
      try {
        const data = await latest.current.load(leaving.signal);
        leaving.signal.aborted || set({ data, error: null, isLoading: false });
      } catch (error) {
        leaving.signal.aborted || set(before => ({ ...before, error, isLoading: false }));
      }
      if (every > 0 && !leaving.signal.aborted) {
        timer = setTimeout(next, every);
      }
    };
    const next = () => (document.hidden || latest.current.isHeld ? (timer = setTimeout(next, 1_000)) : run());
    run();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [...inputs, round, every]);
  const reload = useCallback(() => setRound(count => count + 1), []);
  return { ...result, reload };
}

/** Runs an action of a button: busy while it runs, with its error as a message. */
export function useAction(action) {
  const [isBusy, setBusy] = useState(false);
  const run = async (...values) => {
    setBusy(true);
    try {
      return await action(...values);
    } catch (error) {
      if (error.name !== 'AbortError') {
        say(error.message, 'bad');
      }
    } finally {
      setBusy(false);
    }
  };
  return [run, isBusy];
}

// ---------------------------------------------------------------------------------------------------------------------
// Messages

const MessageTime = 8_000;
const MaxMessages = 4;
let messages = [];
const readers = new Set();

/** Shows a message, and has it read out: kind is 'ok', 'info' or 'bad'. An error stays until it is closed. */
export function say(text, kind = 'info') {
  const message = { id: ++lastId, text, kind };
  showMessages([...messages, message].slice(-MaxMessages));
  if (kind !== 'bad') {
    setTimeout(closeMessage, MessageTime, message.id);
  }
}

function closeMessage(id) {
  showMessages(messages.filter(message => message.id !== id));
}

function showMessages(next) {
  messages = next;
  readers.forEach(reader => reader(next));
}

/** The place of the messages, once in the page. */
export function Messages() {
  const [shown, set] = useState(messages);
  useEffect(() => {
    readers.add(set);
    return () => readers.delete(set);
  }, []);
  return html`<div class="messages" role="status" aria-live="polite" aria-label="Messages">
    ${shown.map(message => html`<div class="message ${message.kind}" key=${message.id}>
      <span><${Mark} kind=${message.kind} /> ${message.text}</span>
      <button class="quiet" aria-label="Close the message" onClick=${() => closeMessage(message.id)}>✕</button>
    </div>`)}
  </div>`;
}

// ---------------------------------------------------------------------------------------------------------------------
// Small parts

const marks = { ok: '✓', warn: '▲', bad: '✕', info: 'ℹ', none: '○', busy: '…' };

/** A sign beside a colour, so that the colour is never alone. */
export const Mark = ({ kind }) => html`<span class="mark ${kind}" aria-hidden="true">${marks[kind] ?? marks.none}</span>`;

/** A word for a state, with its sign: kind is ok, warn, bad, info, none or busy. */
export const Status = ({ kind, children, title }) => html`<span class="status ${kind}" title=${title}><${Mark} kind=${kind} /> ${children}</span>`;

/** Local time, with UTC as its title. */
export const Time = ({ value, ms = false }) => (value
  ? html`<time datetime=${value} title=${utc(value)}>${clock(value, ms)}</time>`
  : html`<span>–</span>`);

/** The end of an id, or all of it if it is `full`. A click copies the whole id. */
export function Id({ value, label = 'id', full = false }) {
  if (!value) {
    return html`<span>–</span>`;
  }
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      say(`Copied ${value}`, 'ok');
    } catch {
      say(value);
    }
  };
  return html`<button type="button" class="id" title=${`${value}: copy it`} onClick=${copy}><span class="hidden">Copy the ${label} </span>${full ? value : short(value)}</button>`;
}

/** A button, which does nothing while it is busy. It stays enabled then, since a disabled button loses the focus. */
export function Button({ busy, kind = '', children, onClick, ...rest }) {
  const click = event => (busy ? event.preventDefault() : onClick?.(event));
  return html`<button type="button" class=${kind} aria-busy=${busy ? 'true' : undefined} aria-disabled=${busy ? 'true' : undefined} ...${rest} onClick=${click}>${children}</button>`;
}

/** An error in place, with what to do next. */
export const Problem = ({ error, retry }) => error && html`<div class="problem" role="alert">
  <${Mark} kind="bad" /> <span>${error.message}${error instanceof ApiError && error.traceId && error.status >= 500 ? html` <small>Trace <code>${error.traceId}</code></small>` : ''}</span>
  ${retry && html`<button type="button" onClick=${retry}>Try again</button>`}
</div>`;

/** What stands in the place of an empty list. */
export const Empty = ({ title, children }) => html`<div class="empty"><p><strong>${title}</strong></p>${children && html`<p>${children}</p>`}</div>`;

export const Loading = ({ children = 'Loading…' }) => html`<p class="loading" role="status">${children}</p>`;

/** The head of a tab: its heading, a line about it, and its buttons. */
export const Head = ({ title, children, note }) => html`<div class="head">
  <div><h1 tabindex="-1">${title}</h1>${note && html`<p class="note">${note}</p>`}</div>
  <div class="actions">${children}</div>
</div>`;

/** A labelled input with a hint and an error. type may be an input's, 'select' (with options: text or [value, text]) or 'textarea'. */
export function Field({ label, hint, error, type = 'text', options, inputRef, ...rest }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  const common = { id, ref: inputRef, 'aria-describedby': described, 'aria-invalid': error ? 'true' : undefined, ...rest };
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${type === 'select' ? html`<select ...${common}>
        ${options.map(option => html`<option value=${Array.isArray(option) ? option[0] : option}>${Array.isArray(option) ? option[1] : option}</option>`)}
      </select>`
      : type === 'textarea' ? html`<textarea spellcheck="false" ...${common}></textarea>`
      : html`<input type=${type} autocomplete="off" ...${common} />`}
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    ${error && html`<p class="error" id="${id}-error" role="alert"><${Mark} kind="bad" /> ${error}</p>`}
  </div>`;
}

/** A bar with its share as text: value from 0 to 1, or null where the whole is unknown. */
export function Progress({ value, label, children }) {
  const id = useId();
  return html`<div class="progress">
    <progress id=${id} aria-label=${label} max="1" ...${value === null || value === undefined ? {} : { value }}></progress>
    <span>${children ?? (value === null || value === undefined ? '' : `${Math.floor(value * 100)} %`)}</span>
  </div>`;
}

/** JSON, indented. */
export const Json = ({ value, label = 'JSON' }) => html`<pre class="json" tabindex="0" aria-label=${label}>${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>`;

/**
 * A table that becomes a list of cards where there is no room.
 * columns: [{ name, cell: row => …, kind: 'number' | 'actions' | 'wide' }]; rowKey: row => key.
 */
export function Table({ label, columns, rows, rowKey, rowClass }) {
  const place = useRef();
  const isWider = useOverflow(place);
  // The keyboard must reach what has to be scrolled, and need not stop at the rest.
  return html`<div class="table" ref=${place} ...${isWider ? { role: 'region', 'aria-label': label, tabindex: '0' } : {}}>
    <table>
      <caption class="hidden">${label}</caption>
      <thead><tr>${columns.map(column => html`<th scope="col" class=${column.kind ?? ''}>${column.kind === 'actions' ? html`<span class="hidden">${column.name}</span>` : column.name}</th>`)}</tr></thead>
      <tbody>
        ${rows.map(row => html`<tr key=${rowKey(row)} class=${rowClass?.(row) ?? ''}>
          ${columns.map(column => html`<td class=${column.kind ?? ''} data-name=${column.kind === 'actions' ? undefined : column.name}>${column.cell(row)}</td>`)}
        </tr>`)}
      </tbody>
    </table>
  </div>`;
}

function useOverflow(place) {
  const [isWider, set] = useState(false);
  useEffect(() => {
    const sizes = new ResizeObserver(() => set(place.current.scrollWidth > place.current.clientWidth));
    sizes.observe(place.current);
    sizes.observe(place.current.firstElementChild);
    return () => sizes.disconnect();
  }, []);
  return isWider;
}

/** Loads a list page by page. Returns { items, error, isLoading, hasMore, more, reload }. With `every`, the first page is renewed until more is shown. */
export function usePages(path, query, { limit = 100, every = 0 } = {}) {
  const [extra, setExtra] = useState({ items: [], token: undefined, from: null });
  const hasExtra = extra.items.length > 0;
  const first = useLoad(signal => api.get(path, { limit, ...query }, { signal }), [path, JSON.stringify(query)], { every, isHeld: hasExtra });
  const own = extra.from === first.data ? extra : { items: [], token: first.data?.continuationToken };
  const items = useMemo(() => first.data && [...first.data.items, ...own.items], [first.data, extra]);
  const [more, isLoadingMore] = useAction(async () => {
    const page = await api.get(path, { limit, ...query, continuationToken: own.token });
    setExtra({ items: [...own.items, ...page.items], token: page.continuationToken, from: first.data });
  });
  const reload = useCallback(() => {
    setExtra({ items: [], token: undefined, from: null });
    first.reload();
  }, []);
  return { items, error: first.error, isLoading: first.isLoading || isLoadingMore, hasMore: Boolean(own.token), more, reload };
}

export const More = ({ list }) => list.hasMore && html`<p class="more"><${Button} busy=${list.isLoading} onClick=${list.more}>Show more</${Button}></p>`;

// ---------------------------------------------------------------------------------------------------------------------
// Dialogs

/** A modal dialog while it is rendered. onClose is called by Escape and ✕. side: a wide panel at the edge. */
export function Dialog({ title, onClose, side, children, actions }) {
  const dialog = useRef();
  const id = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element.showModal();
    return () => {
      // Closed first: nothing under an open dialog takes the focus.
      element.close();
      before?.isConnected && before.focus();
    };
  }, []);
  const cancel = event => {
    event.preventDefault();
    onClose?.();
  };
  return html`<dialog ref=${dialog} class=${side ? 'drawer' : ''} aria-labelledby=${id} onCancel=${cancel}>
    <div class="dialog-head"><h2 id=${id}>${title}</h2>${onClose && html`<button type="button" class="quiet" aria-label="Close" onClick=${onClose}>✕</button>`}</div>
    <div class="dialog-body">${children}</div>
    ${actions && html`<div class="actions">${actions}</div>`}
  </dialog>`;
}

let ask = () => Promise.resolve(false);

/** Asks before something that cannot be undone. Resolves to true if the user agrees. */
export const confirm = question => ask(question);

/** The place of the questions, once in the page. */
export function Questions() {
  const [question, set] = useState(null);
  useEffect(() => {
    ask = asked => new Promise(resolve => set({ ...asked, resolve }));
  }, []);
  if (!question) {
    return null;
  }
  const answer = isYes => {
    set(null);
    question.resolve(isYes);
  };
  return html`<${Dialog} title=${question.title} onClose=${() => answer(false)} actions=${html`
      <${Button} onClick=${() => answer(false)}>Cancel</${Button}>
      <${Button} kind=${question.kind ?? 'danger'} onClick=${() => answer(true)}>${question.yes}</${Button}>`}>
    ${question.text}
  </${Dialog}>`;
}
