// Overview: what needs attention, then the last 15 minutes.
import { api } from '../api.js';
import { Head, Loading, Mark, Problem, Status, Table, Time, useLoad } from '../components.js';
import { clock, duration, number, plural, shortDuration } from '../format.js';
import { health } from '../health.js';
import { Plot, Strip } from '../plot.js';
import { link } from '../router.js';
import { html, useEffect, useMemo, useState } from '../vendor/htm.js';

const LateSeconds = 30;
const TickTimeout = 60_000;
const kinds = { healthy: 'ok', degraded: 'bad', unknown: 'info' };
const words = { healthy: 'Healthy', degraded: 'Degraded', unknown: 'Unknown' };

export default function Overview() {
  const series = useLoad(signal => api.get('operations/series', {}, { signal }), [], { every: 5_000 });
  const consumers = useLoad(signal => api.get('consumers', {}, { signal }), [], { every: 5_000 });
  const [report, setReport] = useState(health.report);
  useEffect(() => health.subscribe(setReport), []);
  const list = consumers.data?.items;
  const failed = series.error ?? consumers.error;
  const reload = () => {
    series.reload();
    consumers.reload();
  };
  return html`
    <${Head} title="Overview" note="The last 15 minutes of all instances, renewed every 5 seconds." />
    <${Problem} error=${failed} retry=${reload} />
    ${list && report ? html`<${Attention} consumers=${list} report=${report} series=${series.data} />` : !failed && html`<${Loading} />`}
    ${report && html`<${Dependencies} report=${report} series=${series.data} />`}
    ${series.data && html`<${Traffic} series=${series.data} />`}
    ${list && list.map(consumer => html`<${Consumer} key=${consumer.name} consumer=${consumer} series=${series.data} />`)}`;
}

// ---------------------------------------------------------------------------------------------------------------------
// What needs attention

/** Sentences about what is wrong, the worst first: { kind, text, href, more }. */
export function findings(consumers, report, series, now = Date.now()) {
  const found = [];
  if (report.error) {
    found.push({ kind: 'bad', text: report.error.message });
  }
  for (const { component, status, detail } of report.components) {
    // The consumers' own lines say more.
    if (status !== 'healthy' && !component.startsWith('consumer:')) {
      found.push({ kind: status === 'degraded' ? 'bad' : 'warn', text: `${component} is ${status}.${detail ? ` ${detail}` : ''}` });
    }
  }
  for (const consumer of consumers) {
    const { name, deadLetters, lagSeconds, pending, pairs, openReplays } = consumer;
    if (deadLetters > 0) {
      found.push({ kind: 'bad', text: `${deadLetters >= 1_000 ? '1,000 dead letters or more' : plural(deadLetters, 'dead letter')} in ${name}.`, href: link('dead-letters', { consumer: name }), more: 'See them' });
    }
    if (lagSeconds > LateSeconds) {
      found.push({ kind: 'bad', text: `${name} is ${duration(lagSeconds)} behind: ${plural(pending, 'event')} ${pending === 1 ? 'waits' : 'wait'}.`, href: link('events'), more: 'See the events' });
    }
    const silent = pairs.filter(pair => !pair.lastTickAt || now - Date.parse(pair.lastTickAt) > TickTimeout);
    if (silent.length > 0) {
      const times = silent.map(pair => pair.lastTickAt).filter(Boolean).sort();
      const since = times.length === silent.length ? ` since ${clock(times.at(-1))}` : '';
      found.push({
        kind: 'bad',
        text: `No app handles ${silent.length === pairs.length ? 'any events' : silent.length > 3 ? `${silent.length} types of event` : silent.map(pair => pair.type).join(', ')} for ${name}${since}: it is stopped, or its functions are disabled.`,
      });
    }
    const failing = sum(series?.consumers.find(each => each.name === name)?.failed.slice(-12));
    if (failing > 0) {
      found.push({ kind: 'warn', text: `${plural(failing, 'attempt')} of ${name} failed in the last 2 minutes. It tries again up to eight times.`, href: link('events'), more: 'See the events' });
    }
    if (openReplays > 0) {
      found.push({ kind: 'info', text: `${plural(openReplays, 'replay')} for ${name} ${openReplays === 1 ? 'is' : 'are'} not finished.`, href: link('replay'), more: 'See the progress' });
    }
  }
  const order = ['bad', 'warn', 'info'];
  return found.sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
}

function Attention({ consumers, report, series }) {
  const found = findings(consumers, report, series);
  const urgent = found.filter(each => each.kind !== 'info').length;
  // Read out when the number changes, not with each second of lag.
  return html`<section class="panel attention ${found[0]?.kind ?? 'ok'}" aria-label="What needs attention">
    <p class="hidden" role="status">${urgent > 0 ? `${plural(urgent, 'thing needs', 'things need')} attention.` : 'Nothing needs attention.'}</p>
    ${urgent === 0 && html`<p class="calm"><${Mark} kind="ok" /> <strong>Nothing needs attention.</strong> <span class="muted">All dependencies answer, and every consumer keeps up.</span></p>`}
    ${found.length > 0 && html`<ul>${found.map(each => html`<li key=${each.text}><${Mark} kind=${each.kind} /> <span>${each.text} ${each.href && html`<a href=${each.href} aria-label=${`${each.more}: ${each.text}`}>${each.more}</a>`}</span></li>`)}</ul>`}
  </section>`;
}

// ---------------------------------------------------------------------------------------------------------------------
// Health

function Dependencies({ report, series }) {
  const columns = [
    { name: 'Component', cell: row => html`<strong>${row.component.replace('consumer:', '')}</strong>${row.component.startsWith('consumer:') && html` <span class="muted">consumer</span>`}` },
    { name: 'Now', kind: 'fixed', cell: row => html`<${Status} kind=${kinds[row.status]}>${words[row.status]}</${Status}>` },
    { name: 'Check took', kind: 'number', cell: row => duration(row.latencyMs / 1_000) },
    { name: 'Last 15 minutes', kind: 'history', cell: row => html`<${History} component=${row.component} series=${series} />` },
    { name: 'Finding', cell: row => row.detail ?? null },
  ];
  return html`<section class="part"><h2>Health</h2>
    <${Table} label="Health of the dependencies" columns=${columns} rows=${report.components} rowKey=${row => row.component} />
  </section>`;
}

function History({ component, series }) {
  const states = series?.health.find(each => each.component === component)?.status;
  if (!states) {
    return html`<span class="muted">not known yet</span>`;
  }
  const from = Date.parse(series.from);
  const at = index => clock(from + index * series.stepSeconds * 1_000).slice(-8);
  const bad = states.filter(state => state === 'degraded').length * series.stepSeconds;
  const known = states.filter(Boolean).length * series.stepSeconds;
  const label = known === 0 ? 'No samples.' : bad > 0 ? `Degraded for ${duration(bad)} of ${duration(known)}.` : `Never degraded in ${duration(known)}.`;
  return html`<${Strip} label=${label} steps=${states.map((state, index) => ({ kind: kinds[state] ?? 'none', text: `${at(index)} ${words[state] ?? 'No sample'}` }))} />`;
}

// ---------------------------------------------------------------------------------------------------------------------
// Plots

const sum = values => (values ?? []).reduce((total, value) => total + (value ?? 0), 0);
const last = values => values?.findLast(value => value !== null) ?? null;
const most = values => (values ?? []).reduce((max, value) => (value !== null && value > (max ?? -1) ? value : max), null);

// The running step is not over, so a rate that counts it would always fall at the end.
const timesOf = series => series.events.map((_, index) => Date.parse(series.from) / 1_000 + index * series.stepSeconds);
const perMinute = (values, stepSeconds) => {
  const steps = Math.round(60 / stepSeconds);
  return values.map((_, index) => (index < steps - 1 ? null : sum(values.slice(index - steps + 1, index + 1))));
};

function Traffic({ series }) {
  const { times, events, handled, names } = useMemo(() => {
    const ended = series.events.length - 1;
    return {
      times: timesOf(series).slice(0, ended),
      events: perMinute(series.events.slice(0, ended), series.stepSeconds),
      handled: perMinute(series.events.slice(0, ended).map((_, index) => sum(series.consumers.map(consumer => consumer.handled[index]))), series.stepSeconds),
      names: series.consumers.length,
    };
  }, [series]);
  const lines = useMemo(() => [{ name: 'Events', values: events, color: 'accent', fill: true }], [events]);
  const effects = useMemo(() => [{ name: 'Effects', values: handled, color: 'accent', fill: true }], [handled]);
  return html`<section class="part" aria-label="Traffic"><h2>Traffic</h2>
    <div class="panel plots two">
      <${Plot} title="Events per minute" times=${times} series=${lines} format=${number} least=${5} now=${number(last(events))} height=${110}
        label=${`Events per minute: ${number(last(events))} now, at most ${number(most(events))} in 15 minutes.`} />
      <${Plot} title=${`Effects per minute, ${plural(names, 'consumer')}`} times=${times} series=${effects} format=${number} least=${5} now=${number(last(handled))} height=${110}
        label=${`Effects per minute: ${number(last(handled))} now, at most ${number(most(handled))} in 15 minutes.`} />
    </div>
  </section>`;
}

function Consumer({ consumer, series }) {
  const own = series?.consumers.find(each => each.name === consumer.name);
  const times = useMemo(() => series && timesOf(series), [series]);
  const plots = useMemo(() => own && [
    {
      title: 'Latency',
      format: duration,
      axisFormat: shortDuration,
      least: 0.1,
      series: [{ name: 'p99', values: own.latencyP99, color: 'warn', dash: [4, 3] }, { name: 'median', values: own.latencyMedian, color: 'accent' }],
      now: own.latencyMedian.some(value => value !== null) ? `${duration(last(own.latencyMedian))}, p99 ${duration(last(own.latencyP99))}` : 'no effects',
    },
    { title: 'Lag', format: duration, axisFormat: shortDuration, series: [{ name: 'lag', values: own.lagSeconds, color: 'accent', fill: true }], now: duration(consumer.lagSeconds) },
    { title: 'Pending', format: number, least: 5, series: [{ name: 'pending', values: own.pending, color: 'accent', fill: true }], now: number(consumer.pending) },
    { title: 'Dead letters', format: number, least: 2, series: [{ name: 'dead letters', values: own.deadLetters, color: 'bad', fill: true }], now: number(consumer.deadLetters) },
  ], [own, consumer]);
  const late = consumer.lagSeconds > LateSeconds;
  return html`<section class="part" aria-labelledby=${`consumer-${consumer.name}`}>
    <div class="panel-head">
      <h2 id=${`consumer-${consumer.name}`}>${consumer.name} <${Status} kind=${late ? 'bad' : 'ok'}>${late ? 'Behind' : 'Keeps up'}</${Status}>
        ${consumer.deadLetters > 0 && html`<${Status} kind="bad"><a href=${link('dead-letters', { consumer: consumer.name })}>${plural(consumer.deadLetters, 'dead letter')}</a></${Status}>`}</h2>
      <p class="note">${number(consumer.delivered)} by doorbell, ${number(consumer.recovered)} by recovery since Redis was last empty${consumer.lastEventAt ? html`; last at <${Time} value=${consumer.lastEventAt} />` : ''}</p>
    </div>
    ${plots && html`<div class="panel plots four">${plots.map(plot => html`<${Plot} key=${plot.title} times=${times} ...${plot}
      label=${`${plot.title} of ${consumer.name}: ${plot.now} now, at most ${plot.format(most(plot.series[0].values))} in 15 minutes.`} />`)}</div>`}
  </section>`;
}
