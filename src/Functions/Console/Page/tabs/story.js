// One story: all that happened under a correlation id, from the request to each consumer's effect, and what is missing.
import { api } from '../api.js';
import { Empty, Head, Id, Json, Loading, Mark, Problem, Time } from '../components.js';
import { Feed, effectOf, isForgotten } from '../feed.js';
import { duration, plural, summary } from '../format.js';
import { useNames } from '../names.js';
import { link } from '../router.js';
import { openStream } from '../stream.js';
import { useSubscriptions } from '../subscriptions.js';
import { html, useEffect, useMemo, useRef, useState } from '../vendor/htm.js';

const MaxEvents = 500;
const MaxLetters = 1_000;
// An effect takes milliseconds, and recovery looks every few seconds.
const SlowSeconds = 1;
const MissingSeconds = 5;
const GapSeconds = 10;

export function Story({ id }) {
  const story = useStory(id);
  const users = useNames();
  const { entries, letters, error, isLoading } = story;
  const [now, setNow] = useState(Date.now());
  const found = useMemo(() => tell(entries, letters, now), [entries, letters, now]);
  const isOpen = found.lines.some(line => line.isOpen);
  useEffect(() => {
    setNow(Date.now());
    if (isOpen) {
      const timer = setInterval(() => setNow(Date.now()), 1_000);
      return () => clearInterval(timer);
    }
  }, [isOpen, entries, letters]);
  return html`
    <p class="back"><a href=${link('events')}>← All events</a></p>
    <${Head} title="One story" note=${html`Everything with the correlation id <${Id} full value=${id} label="correlation id" />`} />
    <${Problem} error=${error} />
    ${entries.length === 0
      ? isLoading ? html`<${Loading} />` : html`<${Empty} title="Nothing has this correlation id">Events appear here as they come. Neither Redis nor the audit log has one now.</${Empty}>`
      : html`
        <section class="panel attention ${found.kind}" aria-label="What the story lacks">
          <p role="status"><${Mark} kind=${found.kind} /> <strong>${found.title}</strong> <span class="muted">${found.extent}</span></p>
          ${found.lines.length > 0 && html`<ul>${found.lines.map(line => html`<li key=${line.key}><${Mark} kind=${line.kind} /> <span>${line.text} ${line.href && html`<a href=${line.href}>See the dead letter</a>`}</span></li>`)}</ul>`}
        </section>
        <ol class="story" aria-label="Time line">
          ${found.steps.map(step => (step.gap
            ? html`<li class="gap" key=${step.key}><${Mark} kind="busy" /> ${step.gap}</li>`
            : html`<${Step} key=${step.key} step=${step} users=${users} scale=${found.scale} />`))}
        </ol>`}`;
}

function Step({ step, users, scale }) {
  const { event } = step.entry;
  return html`<li class="step">
    <div class="step-head">
      <span class="offset" title="After the first event">${step.offset === 0 ? 'request' : `+${duration(step.offset)}`}</span>
      <div>
        <strong>${event.type}</strong> ${summary(event)}
        <p class="note"><${Time} value=${event.timestamp} ms />${event.metadata.userId ? ` by ${users.nameOf(event.metadata.userId)}` : ''} · <${Id} value=${event.id} label="event id" /></p>
      </div>
    </div>
    <ul class="lanes" aria-label=${`Effects of ${event.type}`}>${step.lanes.map(lane => html`<li key=${lane.consumer}>
      <span class="lane-name">${lane.consumer}</span>
      <span class="lane" aria-hidden="true">${lane.seconds !== null && html`<span class="bar ${lane.kind}" style=${{ width: `${Math.max(1, Math.min(100, (lane.seconds / scale) * 100))}%` }}></span>`}</span>
      <span class="lane-text status ${lane.kind}"><${Mark} kind=${lane.kind} /> ${lane.text}</span>
    </li>`)}</ul>
    <details><summary>The event</summary><${Json} value=${event} label=${`${event.type} as JSON`} /></details>
  </li>`;
}

// Events and effects come by the stream, older events by the audit log, and what a consumer gave up by its dead letters.
function useStory(id) {
  const feed = useRef(new Feed(MaxEvents));
  const [entries, setEntries] = useState([]);
  const [letters, setLetters] = useState(new Map());
  const [error, setError] = useState(null);
  const [isLoading, setLoading] = useState(true);
  const subscriptions = useSubscriptions();
  const { isLoaded } = subscriptions;
  const takers = useRef();
  takers.current = subscriptions.takersOf;
  useEffect(() => {
    if (!isLoaded) {
      return;
    }
    const leaving = new AbortController();
    const { signal } = leaving;
    let drawing = 0;
    const draw = () => {
      drawing ||= setTimeout(() => {
        drawing = 0;
        setEntries(feed.current.entries.slice());
      }, 100);
    };
    const close = openStream('operations/stream', { correlationId: id, limit: MaxEvents }, {
      onEvent: message => feed.current.take(message) && draw(),
      onState: (state, text) => setError(state === 'failed' ? new Error(text) : null),
    });
    const readAudit = async () => {
      let count = 0;
      for await (const { event } of api.items('audit', { correlationId: id, limit: 100 }, { signal })) {
        if (feed.current.addEvent(event, takers.current(event.type))) {
          draw();
        }
        // The audit log has it, so audit has handled it. The log does not say when.
        const entry = feed.current.byId.get(event.id);
        entry.isAudited = true;
        if (++count >= MaxEvents) {
          break;
        }
      }
    };
    let timer = 0;
    const readLetters = async () => {
      // By list: to ask for each letter would write an error into the browser's console for each that is not there.
      const open = new Set(feed.current.entries.flatMap(entry => entry.consumers.filter(consumer => !isHandled(entry, consumer))));
      const read = new Map();
      for (const consumer of open) {
        let count = 0;
        for await (const letter of api.items('dead-letters', { consumer, limit: 200 }, { signal })) {
          if (letter.event?.correlationId === id) {
            read.set(`${consumer}/${letter.event.id}`, letter);
          }
          if (++count >= MaxLetters) {
            break;
          }
        }
      }
      setLetters(read);
    };
    const look = async () => {
      try {
        await readAudit();
        await readLetters();
        setError(null);
      } catch (failure) {
        signal.aborted || setError(failure);
      }
      if (!signal.aborted) {
        setLoading(false);
        draw();
        timer = setTimeout(look, 10_000);
      }
    };
    look();
    return () => {
      leaving.abort();
      close();
      clearTimeout(timer);
      clearTimeout(drawing);
    };
  }, [id, isLoaded]);
  return { entries, letters, error, isLoading };
}

function isHandled(entry, consumer) {
  return effectOf(entry, consumer)?.result === 'handled' || (consumer === 'audit' && entry.isAudited);
}

/** Makes the time line, and says in words what is missing and what took long. */
export function tell(entries, letters, now) {
  const events = entries.slice().sort((one, other) => Date.parse(one.event.timestamp) - Date.parse(other.event.timestamp) || (one.event.id < other.event.id ? -1 : 1));
  if (events.length === 0) {
    return { kind: 'ok', lines: [], steps: [], scale: 1 };
  }
  const first = Date.parse(events[0].event.timestamp);
  const lines = [];
  const steps = [];
  let latest = first;
  let slowest = 0;
  let effects = 0;
  let unknown = 0;
  let previous = null;
  for (const entry of events) {
    const { event } = entry;
    const at = Date.parse(event.timestamp);
    const age = (now - at) / 1_000;
    if (previous && at - Date.parse(previous.event.timestamp) > GapSeconds * 1_000) {
      const gap = `${duration((at - Date.parse(previous.event.timestamp)) / 1_000)} pass between ${previous.event.type} and ${event.type}.`;
      steps.push({ key: `gap-${event.id}`, gap });
    }
    previous = entry;
    const lanes = entry.consumers.map(consumer => {
      const key = `${consumer}/${event.id}`;
      const effect = effectOf(entry, consumer);
      const letter = letters.get(key);
      const failures = entry.effects.filter(each => each.consumer === consumer && each.result === 'failed').length;
      if (effect?.result === 'handled') {
        const seconds = effect.latencyMs / 1_000;
        effects++;
        latest = Math.max(latest, Date.parse(effect.at));
        slowest = Math.max(slowest, seconds);
        const how = effect.source === 'doorbell' ? '' : `, by ${effect.source}`;
        if (seconds > SlowSeconds) {
          const why = failures > 0 ? `${plural(failures, 'attempt')} failed before.` : effect.source === 'recovery' ? 'Recovery brought it: the doorbell was lost, or its app was busy or down.' : effect.source === 'replay' ? 'A replay brought it.' : 'Its handler or its store was slow.';
          lines.push({ key, kind: 'warn', text: `${consumer} took ${duration(seconds)} for ${event.type}. ${why}` });
        }
        return { consumer, seconds, kind: seconds > SlowSeconds ? 'warn' : 'ok', text: `${duration(seconds)}${how}${failures > 0 ? `, after ${plural(failures, 'failure')}` : ''}` };
      }
      if (letter || effect?.result === 'deadLettered') {
        const error = letter?.history[0]?.error ?? effect?.error ?? '';
        lines.push({ key, kind: 'bad', text: `${consumer} gave up ${event.type}${letter ? ` after ${plural(letter.attempts, 'attempt')}` : ''}: ${error}`, href: link('dead-letters', { consumer, open: letter?.id ?? event.id }) });
        return { consumer, seconds: null, kind: 'bad', text: 'dead letter' };
      }
      if (effect?.result === 'failed') {
        lines.push({ key, kind: 'warn', isOpen: true, text: `${consumer} fails on ${event.type} (${plural(failures, 'attempt')} so far) and tries again: ${effect.error ?? ''}` });
        return { consumer, seconds: effect.latencyMs / 1_000, kind: 'warn', text: 'failed, tries again' };
      }
      if (consumer === 'audit' && entry.isAudited) {
        effects++;
        return { consumer, seconds: null, kind: 'ok', text: 'in the audit log' };
      }
      if (isForgotten(event, now)) {
        unknown++;
        return { consumer, seconds: null, kind: 'none', text: 'not known any more' };
      }
      if (age > MissingSeconds) {
        lines.push({ key, kind: 'bad', isOpen: true, text: `${consumer} has no effect of ${event.type} yet, ${duration(age)} after it. Its app may be stopped, or behind.` });
        return { consumer, seconds: age, kind: 'bad', text: `missing for ${duration(age)}` };
      }
      lines.push({ key, kind: 'busy', isOpen: true, text: `${consumer} has not handled ${event.type} yet.` });
      return { consumer, seconds: age, kind: 'busy', text: 'not yet' };
    });
    steps.push({ key: event.id, entry, offset: (at - first) / 1_000, lanes });
  }
  if (unknown > 0) {
    lines.push({ key: 'unknown', kind: 'info', text: `${plural(unknown, 'effect')} of events older than 15 minutes ${unknown === 1 ? 'is' : 'are'} not known any more: only Redis keeps them, for a while. A dead letter would be shown.` });
  }
  const order = ['bad', 'warn', 'busy', 'info'];
  lines.sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
  const worst = lines[0]?.kind;
  const bad = lines.filter(line => line.kind === 'bad').length;
  const title = worst === 'bad' ? `${plural(bad, 'effect is', 'effects are')} missing.`
    : worst === 'warn' ? 'Complete, but not all went well.'
    : worst === 'busy' ? 'Not over yet.'
    : unknown > 0 ? 'Nothing is known to be missing.'
    : `Complete: every consumer has handled every event.`;
  const failing = lines.some(line => line.kind === 'warn' && line.isOpen);
  return {
    kind: worst === 'bad' ? 'bad' : worst === 'warn' ? 'warn' : worst === 'busy' ? 'info' : 'ok',
    title: failing && worst === 'warn' ? 'A consumer fails and tries again.' : title,
    extent: `${plural(events.length, 'event')}, ${plural(effects, 'effect')}, ${duration((latest - first) / 1_000)} from the first event to the last effect known.`,
    lines,
    steps,
    scale: Math.max(slowest, 0.05),
  };
}
