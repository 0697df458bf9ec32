// API keys: create one, which is shown once, and revoke one.
import { api, ApiError } from '../api.js';
import { Button, Dialog, Empty, Field, Head, Loading, More, Problem, Status, Table, Time, confirm, say, useAction, usePages } from '../components.js';
import { OwnerField, useOwner } from '../owner.js';
import { session } from '../session.js';
import { html, useRef, useState } from '../vendor/htm.js';

const Day = 86_400_000;
const lifetimes = [['30', '30 days'], ['90', '90 days'], ['365', 'A year'], ['', 'Until it is revoked']];

export default function ApiKeys({ query }) {
  const owner = useOwner(query);
  const path = owner.isSelf ? 'apikeys' : `users/${owner.id}/apikeys`;
  const list = usePages(path, {});
  const [isCreating, setCreating] = useState(false);
  const columns = [
    { name: 'Name', cell: key => key.name },
    { name: 'Scopes', cell: key => key.scopes.join(', ') },
    { name: 'Created', kind: 'fixed', cell: key => html`<${Time} value=${key.createdAt} />` },
    { name: 'Last used', kind: 'fixed', cell: key => (key.lastUsedAt ? html`<${Time} value=${key.lastUsedAt} />` : html`<span class="muted">Never</span>`) },
    { name: 'Expires', kind: 'fixed', cell: key => html`<${Expiry} at=${key.expiresAt} />` },
    { name: 'Actions', kind: 'actions', cell: key => html`<${Revoke} path=${path} apiKey=${key} onDone=${list.reload} />` },
  ];
  return html`
    <${Head} title="API keys" note=${owner.isSelf ? 'With a key, a program acts in your name, within the scopes of the key.' : `The keys of ${owner.name}.`}>
      ${owner.isSelf && html`<${Button} kind="primary" onClick=${() => setCreating(true)}>Create a key…</${Button}>`}
    </${Head}>
    ${session.isAdmin && html`<div class="filters"><${OwnerField} query=${query} owner=${owner} /></div>`}
    <${Problem} error=${list.error} retry=${list.reload} />
    ${!list.items ? !list.error && html`<${Loading} />`
      : list.items.length === 0 ? html`<${Empty} title="No API keys">${owner.isSelf ? 'Create one for a program, with the scopes that it needs.' : ''}</${Empty}>`
      : html`<${Table} label="API keys" columns=${columns} rows=${list.items} rowKey=${key => key.id} />`}
    <${More} list=${list} />
    ${isCreating && html`<${Create} onClose=${() => setCreating(false)} onDone=${list.reload} />`}`;
}

const Expiry = ({ at }) => (!at ? html`<span class="muted">Never</span>`
  : Date.parse(at) < Date.now() ? html`<${Status} kind="warn">Expired</${Status}>`
  : html`<${Time} value=${at} />`);

function Revoke({ path, apiKey, onDone }) {
  const [revoke, isBusy] = useAction(async () => {
    if (await confirm({ title: `Revoke ${apiKey.name}?`, text: 'The gateway refuses the key from then on. This cannot be undone.', yes: 'Revoke' })) {
      await api.del(`${path}/${apiKey.id}`);
      say(`Revoked ${apiKey.name}.`, 'ok');
      onDone();
    }
  });
  return html`<${Button} kind="danger" busy=${isBusy} aria-label=${`Revoke ${apiKey.name}`} onClick=${revoke}>Revoke…</${Button}>`;
}

function Create({ onClose, onDone }) {
  const [values, setValues] = useState({ name: '', scopes: [], days: '90' });
  const [errors, setErrors] = useState({});
  const [issued, setIssued] = useState(null);
  const [send, isBusy] = useAction(async () => {
    try {
      const expiresAt = values.days ? new Date(Date.now() + Number(values.days) * Day).toISOString() : undefined;
      setIssued(await api.post('apikeys', { name: values.name, scopes: values.scopes, expiresAt }));
      onDone();
    } catch (error) {
      if (!(error instanceof ApiError)) {
        throw error;
      }
      setErrors({ name: error.of('name') ?? (error.of('scopes') ? undefined : error.message), scopes: error.of('scopes') });
    }
  });
  const submit = event => {
    event.preventDefault();
    const scopes = values.scopes.length === 0 ? 'Choose at least one.' : undefined;
    setErrors({ scopes });
    scopes || send();
  };
  const flip = scope => setValues({ ...values, scopes: values.scopes.includes(scope) ? values.scopes.filter(each => each !== scope) : [...values.scopes, scope] });
  return issued ? html`<${Issued} issued=${issued} onClose=${onClose} />` : html`<${Dialog} title="Create an API key" onClose=${onClose}>
    <form onSubmit=${submit}>
      <${Field} label="Name" value=${values.name} required maxlength="100" error=${errors.name} hint="For whom or what it is." onInput=${event => setValues({ ...values, name: event.target.value })} />
      <fieldset class="checks">
        <legend>Scopes</legend>
        ${session.state.scopes.map(scope => html`<label key=${scope}><input type="checkbox" checked=${values.scopes.includes(scope)} onChange=${() => flip(scope)} /> ${scope}</label>`)}
      </fieldset>
      ${errors.scopes && html`<p class="error" role="alert">${errors.scopes}</p>`}
      <${Field} label="Valid for" type="select" options=${lifetimes} value=${values.days} onChange=${event => setValues({ ...values, days: event.target.value })} />
      <div class="actions"><${Button} onClick=${onClose}>Cancel</${Button}><${Button} kind="primary" type="submit" busy=${isBusy}>Create</${Button}></div>
    </form>
  </${Dialog}>`;
}

function Issued({ issued, onClose }) {
  const field = useRef();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(issued.key);
      say('Copied the key.', 'ok');
    } catch {
      // Without HTTPS there is no clipboard: the user copies the selection.
      field.current.select();
    }
  };
  return html`<${Dialog} title=${`The key ${issued.name}`} onClose=${onClose} actions=${html`<${Button} onClick=${copy}>Copy</${Button}><${Button} kind="primary" onClick=${onClose}>I have it</${Button}>`}>
    ${issued.key
      ? html`<p>Copy it now: the gateway does not show it again.</p><${Field} label="Key" readonly value=${issued.key} inputRef=${field} />`
      : html`<p>The key was created by an earlier try of this request, which has shown it. If nobody has it, revoke it and create another.</p>`}
  </${Dialog}>`;
}
