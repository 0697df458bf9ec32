// The gateway's health, asked for once for the head of the page and the overview.
import { api } from './api.js';
import { session } from './session.js';

const Every = 10_000;
const listeners = new Set();
let timer = 0;
let isAsking = false;

export const health = {
  /** { kind, text, components, error }, or null before the first response. */
  report: null,

  subscribe(listener) {
    listeners.add(listener);
    if (listeners.size === 1) {
      ask();
    }
    if (health.report) {
      listener(health.report);
    }
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) {
        clearTimeout(timer);
      }
    };
  },
};

async function ask() {
  clearTimeout(timer);
  if (isAsking) {
    return;
  }
  isAsking = true;
  if (!document.hidden && session.state.status === 'in') {
    try {
      const { status, components = [] } = await api.health();
      const kind = { healthy: 'ok', degraded: 'warn', unhealthy: 'bad' }[status] ?? 'warn';
      publish({ kind, text: status[0].toUpperCase() + status.slice(1), components });
    } catch (error) {
      publish({ kind: 'bad', text: 'No answer', components: health.report?.components ?? [], error });
    }
  }
  isAsking = false;
  if (listeners.size > 0) {
    timer = setTimeout(ask, health.report ? Every : 1_000);
  }
}

function publish(report) {
  health.report = report;
  listeners.forEach(listener => listener(report));
}
