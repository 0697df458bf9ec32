// Sessions: who is signed in where, to end one, and the password.
import { api, ApiError } from '../api.js';
import { Button, Dialog, Empty, Field, Head, Id, Loading, More, Problem, Status, Table, Time, confirm, say, useAction, usePages } from '../components.js';
import { OwnerField, useOwner } from '../owner.js';
import { session } from '../session.js';
import { html, useState } from '../vendor/htm.js';

export default function Sessions({ query }) {
  const owner = useOwner(query);
  const path = owner.isSelf ? 'sessions' : `users/${owner.id}/sessions`;
  const list = usePages(path, {}, { every: 15_000 });
  const [isChanging, setChanging] = useState(false);
  const columns = [
    { name: 'Signed in', kind: 'fixed', cell: each => html`<${Time} value=${each.createdAt} />` },
    { name: 'Last seen', kind: 'fixed', cell: each => html`<${Time} value=${each.lastSeenAt} />` },
    { name: 'Ends', kind: 'fixed', cell: each => html`<${Time} value=${each.expiresAt} />` },
    { name: 'Id', kind: 'fixed', cell: each => html`<${Id} value=${each.id} />` },
    { name: 'State', cell: each => (each.current ? html`<${Status} kind="ok">This one</${Status}>` : html`<${Status} kind="none">Open</${Status}>`) },
    { name: 'Actions', kind: 'actions', cell: each => html`<${End} path=${path} session=${each} owner=${owner} onDone=${list.reload} />` },
  ];
  return html`
    <${Head} title="Sessions" note=${owner.isSelf ? 'Where you are signed in.' : `Where ${owner.name} is signed in.`}>
      <${Button} onClick=${() => setChanging(true)}>Change your password…</${Button}>
    </${Head}>
    ${session.isAdmin && html`<div class="filters"><${OwnerField} query=${query} owner=${owner} /></div>`}
    <${Problem} error=${list.error} retry=${list.reload} />
    ${!list.items ? !list.error && html`<${Loading} />`
      : list.items.length === 0 ? html`<${Empty} title="No open sessions">${owner.name} is signed in nowhere.</${Empty}>`
      : html`<${Table} label="Sessions" columns=${columns} rows=${list.items} rowKey=${each => each.id} />`}
    <${More} list=${list} />
    ${isChanging && html`<${ChangePassword} onClose=${() => setChanging(false)} onDone=${list.reload} />`}`;
}

function End({ path, session: ended, owner, onDone }) {
  const [end, isBusy] = useAction(async () => {
    const text = ended.current ? 'It is the session of this page, which returns to the sign-in.' : `${owner.isSelf ? 'Whoever uses it' : owner.name} must sign in again there.`;
    if (await confirm({ title: 'End the session?', text, yes: 'End the session' })) {
      await api.del(`${path}/${ended.id}`);
      say('The session has ended.', 'ok');
      onDone();
    }
  });
  return html`<${Button} kind="danger" busy=${isBusy} aria-label=${`End the session ${ended.id}`} onClick=${end}>End…</${Button}>`;
}

function ChangePassword({ onClose, onDone }) {
  const [values, setValues] = useState({ currentPassword: '', newPassword: '' });
  const [errors, setErrors] = useState({});
  const set = name => event => setValues({ ...values, [name]: event.target.value });
  const [send, isBusy] = useAction(async () => {
    try {
      await api.post('auth/password', values);
      say('Your password is changed. Your other sessions have ended.', 'ok');
      onClose();
      onDone();
    } catch (error) {
      if (!(error instanceof ApiError)) {
        throw error;
      }
      const isOfField = error.of('currentPassword') || error.of('newPassword');
      setErrors({ currentPassword: error.of('currentPassword'), newPassword: error.of('newPassword') ?? (isOfField ? undefined : error.message) });
    }
  });
  const submit = event => {
    event.preventDefault();
    send();
  };
  return html`<${Dialog} title="Change your password" onClose=${onClose}>
    <form onSubmit=${submit}>
      <p>Your other sessions end. API keys stay.</p>
      <${Field} label="Current password" type="password" autocomplete="current-password" required value=${values.currentPassword} error=${errors.currentPassword} onInput=${set('currentPassword')} />
      <${Field} label="New password" type="password" autocomplete="new-password" required minlength="12" value=${values.newPassword} error=${errors.newPassword} hint="At least 12 characters." onInput=${set('newPassword')} />
      <div class="actions"><${Button} onClick=${onClose}>Cancel</${Button}><${Button} kind="primary" type="submit" busy=${isBusy}>Change it</${Button}></div>
    </form>
  </${Dialog}>`;
}
