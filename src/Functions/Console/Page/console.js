// The console's page: head, navigation, and the tab that the address names.
import { Empty, Messages, Problem, Questions, Status, useSession } from './components.js';
import { health } from './health.js';
import { link, useRoute } from './router.js';
import { session } from './session.js';
import { SignIn } from './sign-in.js';
import { groups, tabs } from './tabs.js';
import { theme } from './theme.js';
import { html, render, useEffect, useErrorBoundary, useRef, useState } from './vendor/htm.js';

function Console() {
  const { status, user } = useSession();
  const route = useRoute();
  // Whoever signs in over the page of somebody else begins with a page of his own.
  const owner = useRef();
  owner.current = user?.id ?? owner.current;
  const allowed = user ? tabs.filter(isAllowed) : [];
  const tab = allowed.find(each => each.name === route.tab) ?? (route.tab === '' ? allowed[0] : undefined);
  useEffect(() => {
    document.title = `${tab ? `${tab.title} · ` : ''}MCP gateway console`;
  }, [tab]);
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <header class="top">
      <a class="name" href="#/">MCP<span class="wide"> gateway</span></a>
      ${session.can('events:admin') && session.isAdmin && html`<${Health} />`}
      <span class="space"></span>
      <${ThemeButton} />
      <a class="docs" href="/api/docs">API</a>
      ${user && status === 'in' && html`<span class="user"><span class="user-name">${user.username}</span> <span class="muted">${user.role}</span></span>
        <button type="button" onClick=${() => session.signOut()}>Sign out</button>`}
    </header>
    <${Navigation} allowed=${allowed} current=${tab} />
    <main id="main" tabindex="-1">
      ${tab ? html`<${TabPlace} key=${`${owner.current}/${tab.name}`} tab=${tab} query=${route.query} />`
        : user ? html`<${Empty} title="There is no such view for you here">It may belong to another role. The navigation shows what you may open.</${Empty}>`
        : status === 'out' ? html`<${Empty} title="Nobody is signed in" />` : null}
    </main>
    <${Messages} />
    <${Questions} />
    <${SignIn} />`;
}

function isAllowed(tab) {
  return session.can(tab.scope) && (!tab.adminOnly || session.isAdmin) && (!tab.sessionOnly || session.state.isSession);
}

// Not by the hash, which names the view.
function skip(event) {
  event.preventDefault();
  document.getElementById('main').focus();
}

function Navigation({ allowed, current }) {
  const list = useRef();
  useEffect(() => {
    list.current.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [current]);
  return html`<nav class="side" aria-label="Views" ref=${list}>
    ${groups.map(group => [group, allowed.filter(tab => tab.group === group)]).filter(([, members]) => members.length > 0).map(([group, members]) => html`
      <p class="group" id=${`group-${group.replaceAll(' ', '-')}`}>${group}</p>
      <ul aria-labelledby=${`group-${group.replaceAll(' ', '-')}`}>${members.map(tab => html`
        <li><a href=${link(tab.name)} aria-current=${tab === current ? 'page' : undefined}>${tab.title}</a></li>`)}
      </ul>`)}
  </nav>`;
}

// A tab's module is loaded when the tab is first opened.
function TabPlace({ tab, query }) {
  const [View, setView] = useState(null);
  const [problem, setProblem] = useState(null);
  const [broken, reset] = useErrorBoundary();
  const load = () => {
    setProblem(null);
    tab.load().then(module => setView(() => module.default), () => setProblem(new Error('This view cannot be loaded. The gateway may be unreachable.')));
  };
  useEffect(load, []);
  if (broken) {
    return html`<${Problem} error=${new Error(`This view has a fault: ${broken.message}`)} retry=${reset} />`;
  }
  return problem ? html`<${Problem} error=${problem} retry=${load} />` : View && html`<${View} query=${query} />`;
}

function Health() {
  const [report, set] = useState(health.report);
  useEffect(() => health.subscribe(set), []);
  return html`<a class="health" href=${link('overview')}><span class="hidden">Health: </span>${report
    ? html`<${Status} kind=${report.kind}>${report.text}</${Status}>`
    : html`<${Status} kind="busy">Checking</${Status}>`}</a>`;
}

function ThemeButton() {
  const [shown, set] = useState(theme.shown);
  useEffect(() => theme.subscribe(set), []);
  const other = shown === 'dark' ? 'light' : 'dark';
  return html`<button type="button" class="quiet" aria-label=${`Switch to the ${other} look`} title=${`Switch to the ${other} look`} onClick=${theme.toggle}>${shown === 'dark' ? '☀' : '☾'}</button>`;
}

render(html`<${Console} />`, document.getElementById('console'));
session.start();
