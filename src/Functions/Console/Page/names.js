// The names of users, which events do not have. Without the right to list users, or with very many users, the id is shown.
import { api } from './api.js';
import { short } from './format.js';
import { useLoad } from './components.js';
import { session } from './session.js';

let loaded;

export function useNames() {
  const { data } = useLoad(load, []);
  const byId = data ?? new Map();
  return {
    nameOf: id => byId.get(id) ?? short(id),
    names: [...byId.values()],
    idOf: name => [...byId].find(([, each]) => each === name)?.[0] ?? name,
  };
}

function load() {
  if (!session.isAdmin || !session.state.isSession) {
    return new Map();
  }
  const owner = session.state.user.id;
  if (!loaded || loaded.owner !== owner || Date.now() - loaded.at > 60_000) {
    loaded = { owner, at: Date.now(), users: api.get('users', { limit: 500 }).then(page => new Map(page.items.map(user => [user.id, user.username])), () => new Map()) };
  }
  return loaded.users;
}
