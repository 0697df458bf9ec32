// Commands: start one, see those that run, and say how one ended.
import { api } from '../api.js';
import { Runs } from '../runs.js';
import { html } from '../vendor/htm.js';

const kind = {
  path: 'commands',
  title: 'Commands',
  note: 'What you and your programs have begun. Whoever runs a command says when it ends.',
  scope: 'commands:write',
  news: 'command:',
  startName: 'Start a command…',
  began: run => run.startedAt,
  ended: run => run.endedAt,
  isOpen: run => run.status === 'started',
  status: { started: ['busy', 'Running'], completed: ['ok', 'Completed'], failed: ['bad', 'Failed'] },
  endings: [
    { name: 'Fail…', title: 'End it as failed', kind: 'danger', field: { label: 'Error', isText: true, required: true, hint: 'Say what went wrong. To cancel a command, say that.' }, send: (run, error) => api.post(`commands/${run.id}/fail`, { error }) },
    { name: 'Complete…', title: 'End it as completed', kind: 'primary', field: { label: 'Output', hint: 'JSON, or nothing.' }, send: (run, output) => api.post(`commands/${run.id}/complete`, { output }) },
  ],
};

export default ({ query }) => html`<${Runs} kind=${kind} query=${query} />`;
