// The view stands in the address: #/events?type=file.uploaded. So views can be linked, and Back works.
import { useEffect, useState } from './vendor/htm.js';

function read() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { tab: path || '', query: Object.fromEntries(new URLSearchParams(query)) };
}

export function useRoute() {
  const [route, set] = useState(read);
  useEffect(() => {
    const follow = () => set(read());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}

/** The address of a view. Empty values are left out. */
export function link(tab, query = {}) {
  const parameters = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== ''));
  const text = parameters.toString();
  return `#/${tab}${text ? `?${text}` : ''}`;
}

export function go(tab, query) {
  location.hash = link(tab, query);
}

/** Changes a part of the current view's query. Without an entry in the history, for filters that change by the key. */
export function setQuery(change) {
  const { tab, query } = read();
  history.replaceState(null, '', link(tab, { ...query, ...change }));
  dispatchEvent(new HashChangeEvent('hashchange'));
}
