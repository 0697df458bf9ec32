// Replay: hand past events to a consumer again.
import { api, ApiError } from '../api.js';
import { Button, Empty, Field, Head, Loading, More, Problem, Progress, Status, Table, Time, confirm, say, useAction, usePages } from '../components.js';
import { number, plural, utc } from '../format.js';
import { useSubscriptions } from '../subscriptions.js';
import { html, useEffect, useRef, useState } from '../vendor/htm.js';

const states = { running: ['info', 'Running'], paused: ['warn', 'Paused'], done: ['ok', 'Done'], cancelled: ['none', 'Cancelled'] };
const reasons = { operator: 'asked for', 'redis-lost-state': 'Redis lost state', 'journal-trimmed': 'the journal was full', 'journal-entry-lost': 'the journal lost an entry' };
const ranges = [['Last hour', 3_600_000], ['Last 24 hours', 86_400_000], ['Last 7 days', 604_800_000]];

export default function Replay() {
  const jobs = usePages('events/replay', {}, { limit: 50, every: 2_000 });
  return html`
    <${Head} title="Replay" note="Hands past events to a consumer again. What it has handled already has no second effect." />
    <${Form} onStarted=${jobs.reload} />
    <section class="part"><h2>Replays</h2>
      <${Problem} error=${jobs.error} retry=${jobs.reload} />
      ${!jobs.items ? !jobs.error && html`<${Loading} />`
        : jobs.items.length === 0 ? html`<div class="panel"><${Empty} title="No replays">Neither asked for, nor needed since Redis lost something.</${Empty}></div>`
        : html`<${Jobs} jobs=${jobs} />`}
      <${More} list=${jobs} />
    </section>`;
}

// ---------------------------------------------------------------------------------------------------------------------
// The form

// datetime-local has neither zone nor offset: it is local time.
const local = time => new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
const iso = text => (text && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : '');

function Form({ onStarted }) {
  const { consumers } = useSubscriptions();
  const [values, setValues] = useState(() => ({ consumer: '', types: [], from: local(Date.now() - 3_600_000), to: local(Date.now() + 60_000) }));
  const [errors, setErrors] = useState({});
  const types = consumers.find(each => each.name === values.consumer)?.types ?? [];
  const set = change => {
    setValues({ ...values, ...change });
    setErrors({});
  };
  const from = iso(values.from);
  const to = iso(values.to);
  const isReady = Boolean(values.consumer && from && to && from <= to);
  const count = useCount(isReady ? { consumer: values.consumer, types: values.types.join(','), from, to } : null);
  const [start, isBusy] = useAction(async () => {
    try {
      await api.post('events/replay', { consumer: values.consumer, types: values.types.length > 0 ? values.types : undefined, from, to });
      say(`The replay for ${values.consumer} has begun.`, 'ok');
      onStarted();
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 400)) {
        throw error;
      }
      setErrors(error.errors);
    }
  });
  const submit = event => {
    event.preventDefault();
    setErrors({
      consumer: values.consumer ? undefined : ['Choose a consumer.'],
      from: from ? undefined : ['Enter a time.'],
      to: !to ? ['Enter a time.'] : from > to ? ['Enter a time that is not before the beginning.'] : undefined,
    });
    if (isReady && count.value > 0) {
      start();
    }
  };
  return html`<form class="panel" onSubmit=${submit} aria-label="Start a replay">
    <div class="row">
      <${Field} label="Consumer" type="select" options=${[['', 'Choose…'], ...consumers.map(each => each.name)]} value=${values.consumer} error=${errors.consumer?.join(' ')} onChange=${event => set({ consumer: event.target.value, types: [] })} />
      <${Field} label="From" type="datetime-local" value=${values.from} hint=${from && utc(from)} error=${errors.from?.join(' ')} onInput=${event => set({ from: event.target.value })} />
      <${Field} label="To" type="datetime-local" value=${values.to} hint=${to && utc(to)} error=${errors.to?.join(' ')} onInput=${event => set({ to: event.target.value })} />
    </div>
    <div class="actions" role="group" aria-label="Ranges of time">${ranges.map(([name, length]) => html`<${Button} onClick=${() => set({ from: local(Date.now() - length), to: local(Date.now() + 60_000) })}>${name}</${Button}>`)}</div>
    ${types.length > 0 && html`<fieldset class="checks">
      <legend>Types <span class="muted">${values.types.length === 0 ? '(all, unless you choose some)' : ''}</span></legend>
      ${types.map(type => html`<label key=${type}><input type="checkbox" checked=${values.types.includes(type)} onChange=${() => set({ types: values.types.includes(type) ? values.types.filter(each => each !== type) : [...values.types, type] })} /> ${type}</label>`)}
    </fieldset>`}
    ${errors.types && html`<p class="error" role="alert">${errors.types.join(' ')}</p>`}
    <div class="actions">
      <${Button} kind="primary" type="submit" busy=${isBusy} disabled=${isReady && !(count.value > 0)}>${count.value > 0 && !count.isCounting ? `Replay ${plural(count.value, 'event')}` : 'Replay'}</${Button}>
      <p role="status" class="muted">${count.error ? html`<span class="error">${count.error.message}</span>`
        : !isReady ? 'Choose a consumer and the times to see how many events match.'
        : count.isCounting ? `Counting… ${count.value > 0 ? `${number(count.value)} so far` : ''}`
        : count.value === 0 ? 'No event matches. There is nothing to replay.'
        : `${plural(count.value, 'event')} ${count.value === 1 ? 'matches' : 'match'}.`}</p>
    </div>
  </form>`;
}

/** Adds up the parts of a count. */
async function countAll(filter, signal, onPart = () => {}) {
  let total = 0;
  let continuationToken;
  do {
    const part = await api.get('events/count', { ...filter, continuationToken }, { signal });
    total += part.count;
    continuationToken = part.continuationToken;
    onPart(total);
  } while (continuationToken);
  return total;
}

function useCount(filter) {
  const [count, set] = useState({ value: null, isCounting: false, error: null });
  const key = filter && JSON.stringify(filter);
  useEffect(() => {
    if (!key) {
      set({ value: null, isCounting: false, error: null });
      return;
    }
    const leaving = new AbortController();
    set({ value: null, isCounting: true, error: null });
    // After the last key press.
    const timer = setTimeout(async () => {
      try {
        const value = await countAll(JSON.parse(key), leaving.signal, part => set({ value: part, isCounting: true, error: null }));
        set({ value, isCounting: false, error: null });
      } catch (error) {
        leaving.signal.aborted || set({ value: null, isCounting: false, error });
      }
    }, 300);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [key]);
  return count;
}

// ---------------------------------------------------------------------------------------------------------------------
// The jobs

function Jobs({ jobs }) {
  const totals = useTotals(jobs.items);
  const columns = [
    { name: 'Asked at', kind: 'fixed', cell: job => html`<${Time} value=${job.createdAt} />` },
    { name: 'Consumer', cell: job => html`<strong>${job.consumer}</strong> <span class="muted">${reasons[job.reason] ?? job.reason}</span>` },
    { name: 'Events', cell: job => html`${job.types ? job.types.join(', ') : 'All types'}<br /><span class="muted">${Date.parse(job.from) > 0 ? html`<${Time} value=${job.from} />` : 'the beginning'} to <${Time} value=${job.to} /></span>` },
    { name: 'Status', kind: 'fixed', cell: job => html`<${Status} kind=${states[job.status]?.[0] ?? 'info'}>${states[job.status]?.[1] ?? job.status}</${Status}>` },
    { name: 'Progress', cell: job => html`<${JobProgress} job=${job} total=${totals[job.id]} />` },
    { name: 'Actions', kind: 'actions', cell: job => html`<${JobActions} job=${job} onDone=${jobs.reload} />` },
  ];
  return html`<${Table} label="Replays" columns=${columns} rows=${jobs.items} rowKey=${job => job.id} />`;
}

// A job says how many events it has matched so far. A count says how many there will be.
function useTotals(items) {
  const [totals, setTotals] = useState({});
  const asked = useRef(new Set());
  useEffect(() => {
    for (const job of items.filter(each => (each.status === 'running' || each.status === 'paused') && !asked.current.has(each.id))) {
      asked.current.add(job.id);
      countAll({ consumer: job.consumer, types: job.types?.join(','), from: job.from, to: job.to })
        .then(total => setTotals(before => ({ ...before, [job.id]: total })), () => asked.current.delete(job.id));
    }
  }, [items]);
  return totals;
}

function JobProgress({ job, total }) {
  const done = job.delivered + job.failed;
  const isOpen = job.status === 'running' || job.status === 'paused';
  const failed = job.failed > 0 ? html`, <${Status} kind="bad">${number(job.failed)} failed</${Status}>` : '';
  return isOpen
    ? html`<${Progress} label=${`Progress of the replay for ${job.consumer}`} value=${total === undefined ? null : total === 0 ? 0 : Math.min(1, done / total)}>
        ${number(done)}${total === undefined ? '' : ` of ${number(Math.max(total, done))}`}${failed}</${Progress}>`
    : html`${number(job.delivered)} of ${number(job.matched)} handled${failed}`;
}

function JobActions({ job, onDone }) {
  const [change, isBusy] = useAction(async action => {
    if (action === 'cancel' && !(await confirm({ title: 'Cancel the replay?', text: `${job.consumer} keeps what it has handled so far, and does not get the rest. A cancelled replay cannot go on.`, yes: 'Cancel the replay' }))) {
      return;
    }
    await api.post(`events/replay/${job.id}/${action}`);
    onDone();
  });
  const of = `the replay for ${job.consumer}`;
  return html`
    ${job.status === 'running' && html`<${Button} busy=${isBusy} aria-label=${`Pause ${of}`} onClick=${() => change('pause')}>Pause</${Button}>`}
    ${job.status === 'paused' && html`<${Button} busy=${isBusy} aria-label=${`Resume ${of}`} onClick=${() => change('resume')}>Resume</${Button}>`}
    ${(job.status === 'running' || job.status === 'paused') && job.reason === 'operator' && html`<${Button} kind="danger" busy=${isBusy} aria-label=${`Cancel ${of}`} onClick=${() => change('cancel')}>Cancel…</${Button}>`}`;
}
