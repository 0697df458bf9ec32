// How values are shown.
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

export const number = value => (value === null || value === undefined ? '–' : Math.abs(value) < 10 ? tenth.format(value) : whole.format(value));

/** "1 dead letter", "3 dead letters". */
export const plural = (count, one, many = `${one}s`) => `${whole.format(count)} ${count === 1 ? one : many}`;

/** A duration in seconds, in the unit that suits it. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) {
    return '–';
  }
  const size = Math.abs(seconds);
  return size < 1 ? `${whole.format(seconds * 1_000)} ms`
    : size < 60 ? `${tenth.format(seconds)} s`
    : size < 3_600 ? `${Math.floor(size / 60)} min ${Math.round(size % 60)} s`
    : size < 172_800 ? `${Math.floor(size / 3_600)} h ${Math.round((size % 3_600) / 60)} min`
    : `${Math.floor(size / 86_400)} days`;
}

/** A duration for the few characters beside an axis. */
export function shortDuration(seconds) {
  return seconds < 1 ? duration(seconds) : seconds < 120 ? `${tenth.format(seconds)} s` : seconds < 7_200 ? `${tenth.format(seconds / 60)} min` : `${tenth.format(seconds / 3_600)} h`;
}

export function bytes(count) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = count > 0 ? Math.min(units.length - 1, Math.floor(Math.log10(count) / 3)) : 0;
  return `${tenth.format(count / 1_000 ** step)} ${units[step]}`;
}

/** Local time; with the day unless it is today. */
export function clock(value, withMilliseconds = false) {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) {
    return '–';
  }
  const text = withMilliseconds ? `${time.format(date)}.${String(date.getMilliseconds()).padStart(3, '0')}` : time.format(date);
  return date.toDateString() === new Date().toDateString() ? text : `${day.format(date)}, ${text}`;
}

export const utc = value => new Date(value).toISOString().replace('T', ' ').replace(/Z$/, ' UTC');

/** The end of an id: the beginning of a UUIDv7 is the same for all of an hour. */
export const short = id => (id && id.length > 12 ? `…${id.slice(-8)}` : id ?? '');

const ids = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

/** An event in a few words, from its payload. */
export function summary(event) {
  const payload = event.payload ?? {};
  const name = payload.filename ?? payload.name ?? payload.command ?? payload.workflow ?? payload.username ?? payload.component;
  const more = payload.error ?? payload.reason ?? payload.status ?? payload.detail ?? (typeof payload.size === 'number' ? bytes(payload.size) : undefined);
  const text = [name, more].filter(part => typeof part === 'string' || typeof part === 'number').join(' · ');
  // Who it was stands beside it.
  return text || Object.entries(payload).filter(([key, value]) => typeof value !== 'object' && key !== 'userId').slice(0, 2)
    .map(([key, value]) => `${key} ${ids.test(value) ? short(value) : value}`).join(' · ');
}
