// Small plots by uPlot. Each says in its label what it shows, for those who cannot see it.
import { clock } from './format.js';
import { theme } from './theme.js';
import { html, useEffect, useLayoutEffect, useRef, useState } from './vendor/htm.js';

const cursorGroup = 'console';

/**
 * A plot over time. times: seconds; series: [{ name, values, color: 'accent' | 'ok' | 'warn' | 'bad' | 'muted', fill }];
 * format: value => text, for the axis too unless there is axisFormat; least: what the axis shows at least; title; now: text beside the title; label: what a screen reader says.
 */
export function Plot({ title, times, series, format, axisFormat = format, least = 1, now, label, height = 72 }) {
  const place = useRef();
  const plot = useRef();
  const [pointed, setPointed] = useState(null);
  const [look, setLook] = useState(theme.shown);
  const names = series.map(each => each.name).join();
  useEffect(() => theme.subscribe(setLook), []);
  useLayoutEffect(() => {
    const colors = getComputedStyle(place.current);
    const color = name => colors.getPropertyValue(`--${name}`).trim();
    const axis = { stroke: color('muted'), grid: { stroke: color('line'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
    plot.current = new uPlot({
      width: Math.max(80, place.current.clientWidth),
      height,
      padding: [6, 16, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 5 }, sync: { key: cursorGroup } },
      scales: { y: { range: (_, low, high) => [0, Math.max(least, (high ?? 0) * 1.1)] } },
      axes: [
        { ...axis, size: 18, space: 60, values: (_, ticks) => ticks.map(tick => clock(tick * 1_000).slice(-8, -3)) },
        { ...axis, size: 48, gap: 3, space: 24, values: (_, ticks) => ticks.map(axisFormat) },
      ],
      series: [{}, ...series.map(each => ({
        label: each.name,
        stroke: color(each.color),
        width: 1.5,
        dash: each.dash,
        fill: each.fill ? `${color(each.color)}22` : undefined,
        // A sample without neighbours is no line.
        points: { show: true, size: 4, fill: color(each.color), filter: (shown, index) => isolated(shown.data[index]) },
        spanGaps: false,
      }))],
      hooks: { setCursor: [shown => setPointed(shown.cursor.idx ?? null)] },
    }, [times, ...series.map(each => each.values)], place.current);
    const sizes = new ResizeObserver(() => plot.current?.setSize({ width: Math.max(80, place.current.clientWidth), height }));
    sizes.observe(place.current);
    return () => {
      sizes.disconnect();
      plot.current.destroy();
      plot.current = null;
    };
  }, [look, names, height]);
  useEffect(() => plot.current?.setData([times, ...series.map(each => each.values)]), [times, series]);
  const isPointed = pointed !== null && pointed < times.length;
  return html`<figure class="plot">
    <figcaption>
      <span class="plot-title">${title}</span>
      <span class="plot-now">${isPointed
        ? html`<span class="muted">${clock(times[pointed] * 1_000)}</span> ${series.map(each => each.values[pointed] ?? null).map(value => (value === null ? '–' : format(value))).join(' / ')}`
        : now}</span>
    </figcaption>
    <div class="plot-place" ref=${place} role="img" aria-label=${label}></div>
  </figure>`;
}

const isolated = values => [...values.keys()].filter(index => values[index] !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null);

/** The states of something over time as a strip: steps: [{ kind, text }]. */
export function Strip({ steps, label }) {
  return html`<div class="strip" role="img" aria-label=${label}>${steps.map(step => html`<span class=${step.kind} title=${step.text}></span>`)}</div>`;
}
