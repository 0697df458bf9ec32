// The choice whose things a view shows: an administrator may name another user.
import { Field } from './components.js';
import { useNames } from './names.js';
import { setQuery } from './router.js';
import { session } from './session.js';
import { html } from './vendor/htm.js';

/** The user that the query names: { id, name, isSelf, names }. */
export function useOwner(query) {
  const users = useNames();
  const { user } = session.state;
  const id = query.user && session.isAdmin ? users.idOf(query.user) : user.id;
  return { id, name: id === user.id ? user.username : users.nameOf(id), isSelf: id === user.id, names: users.names };
}

/** A field for it, for administrators only. */
export const OwnerField = ({ query, owner }) => session.isAdmin && html`
  <${Field} label="User" list="owner-names" placeholder="Yourself" value=${query.user ?? ''} onChange=${event => setQuery({ user: event.target.value.trim() || undefined, open: undefined })} />
  <datalist id="owner-names">${owner.names.map(name => html`<option value=${name}></option>`)}</datalist>`;
