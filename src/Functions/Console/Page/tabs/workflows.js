// Workflows: trigger one, see those that run, and say how one ended.
import { api } from '../api.js';
import { Runs } from '../runs.js';
import { html } from '../vendor/htm.js';

const end = status => (run, output) => api.post(`workflows/${run.id}/complete`, { status, output });

const kind = {
  path: 'workflows',
  title: 'Workflows',
  note: 'What you and your programs have triggered. Whoever runs a workflow says when it ends.',
  scope: 'workflows:write',
  news: 'workflow:',
  startName: 'Trigger a workflow…',
  began: run => run.triggeredAt,
  ended: run => run.completedAt,
  isOpen: run => run.status === 'running',
  status: { running: ['busy', 'Running'], succeeded: ['ok', 'Succeeded'], failed: ['bad', 'Failed'] },
  endings: [
    { name: 'Fail…', title: 'End it as failed', kind: 'danger', field: { label: 'Output', hint: 'JSON, or nothing.' }, send: end('failed') },
    { name: 'Succeed…', title: 'End it as succeeded', kind: 'primary', field: { label: 'Output', hint: 'JSON, or nothing.' }, send: end('succeeded') },
  ],
};

export default ({ query }) => html`<${Runs} kind=${kind} query=${query} />`;
