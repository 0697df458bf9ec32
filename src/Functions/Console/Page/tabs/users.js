// Users: create one, give one a new password, delete one.
import { api, ApiError } from '../api.js';
import { Button, Dialog, Empty, Field, Head, Id, Loading, More, Problem, Status, Table, Time, confirm, say, useAction, usePages } from '../components.js';
import { link } from '../router.js';
import { session } from '../session.js';
import { html, useState } from '../vendor/htm.js';

export default function Users() {
  const list = usePages('users', {});
  const [isCreating, setCreating] = useState(false);
  const [changed, setChanged] = useState(null);
  const columns = [
    { name: 'Name', cell: user => html`${user.username} ${user.id === session.state.user.id && html`<span class="muted">you</span>`}` },
    { name: 'Role', kind: 'fixed', cell: user => (user.role === 'admin' ? html`<${Status} kind="info">Administrator</${Status}>` : 'User') },
    { name: 'Created', kind: 'fixed', cell: user => html`<${Time} value=${user.createdAt} />` },
    { name: 'Id', kind: 'fixed', cell: user => html`<${Id} value=${user.id} label="user id" />` },
    { name: 'Shows', cell: user => html`${[['files', 'Files'], ['sessions', 'Sessions'], ['apikeys', 'API keys'], ['events', 'Events']].map(([tab, title], index) => html`${index > 0 ? ', ' : ''}<a href=${link(tab, { user: user.username })} aria-label=${`${title} of ${user.username}`}>${title}</a>`)}` },
    { name: 'Actions', kind: 'actions', cell: user => html`<${Actions} user=${user} onPassword=${setChanged} onDone=${list.reload} />` },
  ];
  return html`
    <${Head} title="Users" note="Who may sign in.">
      <${Button} kind="primary" onClick=${() => setCreating(true)}>Create a user…</${Button}>
    </${Head}>
    <${Problem} error=${list.error} retry=${list.reload} />
    ${!list.items ? !list.error && html`<${Loading} />`
      : list.items.length === 0 ? html`<${Empty} title="No users" />`
      : html`<${Table} label="Users" columns=${columns} rows=${list.items} rowKey=${user => user.id} />`}
    <${More} list=${list} />
    ${isCreating && html`<${Create} onClose=${() => setCreating(false)} onDone=${list.reload} />`}
    ${changed && html`<${Password} user=${changed} onClose=${() => setChanged(null)} />`}`;
}

function Actions({ user, onPassword, onDone }) {
  const [remove, isBusy] = useAction(async () => {
    if (await confirm({ title: `Delete ${user.username}?`, text: 'The sessions and API keys are refused at once, and the files are deleted. This cannot be undone. What the user did stays in the audit log.', yes: 'Delete the user' })) {
      await api.del(`users/${user.id}`);
      say(`Deleted ${user.username}.`, 'ok');
      onDone();
    }
  });
  return html`
    <${Button} aria-label=${`Give ${user.username} a new password`} onClick=${() => onPassword(user)}>Password…</${Button}>
    <${Button} kind="danger" busy=${isBusy} disabled=${user.id === session.state.user.id} title=${user.id === session.state.user.id ? 'You cannot delete yourself.' : undefined}
      aria-label=${`Delete ${user.username}`} onClick=${remove}>Delete…</${Button}>`;
}

function Create({ onClose, onDone }) {
  const [values, setValues] = useState({ username: '', password: '', role: 'user' });
  const [errors, setErrors] = useState({});
  const set = name => event => setValues({ ...values, [name]: event.target.value });
  const [send, isBusy] = useAction(async () => {
    try {
      await api.post('users', values);
      say(`${values.username} may sign in now.`, 'ok');
      onClose();
      onDone();
    } catch (error) {
      if (!(error instanceof ApiError)) {
        throw error;
      }
      setErrors({ username: error.of('username') ?? (error.of('password') || error.of('role') ? undefined : error.message), password: error.of('password'), role: error.of('role') });
    }
  });
  const submit = event => {
    event.preventDefault();
    setErrors({});
    send();
  };
  return html`<${Dialog} title="Create a user" onClose=${onClose}>
    <form onSubmit=${submit}>
      <${Field} label="Name" value=${values.username} required maxlength="64" error=${errors.username} hint="Letters, digits and . _ + @ -" onInput=${set('username')} />
      <${Field} label="First password" type="password" autocomplete="new-password" required minlength="12" value=${values.password} error=${errors.password} hint="At least 12 characters. The user can change it." onInput=${set('password')} />
      <${Field} label="Role" type="select" options=${[['user', 'User'], ['admin', 'Administrator']]} value=${values.role} error=${errors.role} onChange=${set('role')} />
      <div class="actions"><${Button} onClick=${onClose}>Cancel</${Button}><${Button} kind="primary" type="submit" busy=${isBusy}>Create</${Button}></div>
    </form>
  </${Dialog}>`;
}

function Password({ user, onClose }) {
  const [password, setPassword] = useState('');
  const [error, setError] = useState('');
  const [send, isBusy] = useAction(async () => {
    try {
      await api.post(`users/${user.id}/password`, { password });
      say(`${user.username} has a new password, and is signed out everywhere.`, 'ok');
      onClose();
    } catch (failure) {
      if (!(failure instanceof ApiError)) {
        throw failure;
      }
      setError(failure.of('password') ?? failure.message);
    }
  });
  const submit = event => {
    event.preventDefault();
    send();
  };
  return html`<${Dialog} title=${`A new password for ${user.username}`} onClose=${onClose}>
    <form onSubmit=${submit}>
      <p>All sessions of the user end. API keys stay.</p>
      <${Field} label="New password" type="password" autocomplete="new-password" required minlength="12" value=${password} error=${error} hint="At least 12 characters." onInput=${event => setPassword(event.target.value)} />
      <div class="actions"><${Button} onClick=${onClose}>Cancel</${Button}><${Button} kind="primary" type="submit" busy=${isBusy}>Set it</${Button}></div>
    </form>
  </${Dialog}>`;
}
