// The sign-in stands over the page, which keeps its state underneath.
import { Button, Dialog, Field, Mark, useSession } from './components.js';
import { session } from './session.js';
import { html, useEffect, useRef, useState } from './vendor/htm.js';

export function SignIn() {
  const { status, notice } = useSession();
  const [way, setWay] = useState('password');
  const [values, setValues] = useState({ username: '', password: '', key: '' });
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);
  const first = useRef();
  const isOpen = status === 'out';
  useEffect(() => {
    if (isOpen) {
      first.current?.focus();
    }
  }, [isOpen, way]);
  if (!isOpen) {
    return null;
  }
  const set = name => event => setValues({ ...values, [name]: event.target.value });
  const submit = async event => {
    event.preventDefault();
    setBusy(true);
    setError('');
    try {
      await (way === 'key' ? session.useKey(values.key.trim()) : session.signIn(values.username, values.password));
      setValues({ username: values.username, password: '', key: '' });
    } catch (failure) {
      setError(failure.message);
    } finally {
      setBusy(false);
    }
  };
  return html`<${Dialog} title="Sign in">
    ${notice && html`<p class="notice" role="status"><${Mark} kind="info" /> ${notice}</p>`}
    <form onSubmit=${submit} method="dialog">
      ${way === 'password' ? html`
        <${Field} key="username" label="Username" name="username" autocomplete="username" required inputRef=${first} value=${values.username} onInput=${set('username')} />
        <${Field} key="password" label="Password" name="password" type="password" autocomplete="current-password" required value=${values.password} onInput=${set('password')} />`
      : html`<${Field} key="key" label="API key" name="key" type="password" required inputRef=${first} value=${values.key} onInput=${set('key')}
          hint="It begins with mcp_. The page forgets it when it is closed." />`}
      ${error && html`<p class="error" role="alert"><${Mark} kind="bad" /> ${error}</p>`}
      <div class="actions">
        <${Button} kind="link" onClick=${() => setWay(way === 'key' ? 'password' : 'key')}>${way === 'key' ? 'Sign in with a password' : 'Use an API key'}</${Button}>
        <${Button} kind="primary" type="submit" busy=${isBusy}>Sign in</${Button}>
      </div>
    </form>
  </${Dialog}>`;
}
