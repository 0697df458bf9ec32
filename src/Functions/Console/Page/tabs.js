// The views, in the order of the navigation. A view is shown to whom the gateway would give its data.
export const groups = ['Operations', 'Content', 'Access'];

export const tabs = [
  { name: 'overview', title: 'Overview', group: 'Operations', scope: 'events:admin', adminOnly: true, load: () => import('./tabs/overview.js') },
  { name: 'events', title: 'Events', group: 'Operations', scope: 'events:admin', adminOnly: true, load: () => import('./tabs/events.js') },
  { name: 'dead-letters', title: 'Dead letters', group: 'Operations', scope: 'events:admin', adminOnly: true, load: () => import('./tabs/dead-letters.js') },
  { name: 'replay', title: 'Replay', group: 'Operations', scope: 'events:admin', adminOnly: true, load: () => import('./tabs/replay.js') },
  { name: 'files', title: 'Files', group: 'Content', scope: 'files:read', load: () => import('./tabs/files.js') },
  { name: 'commands', title: 'Commands', group: 'Content', scope: 'commands:read', load: () => import('./tabs/commands.js') },
  { name: 'workflows', title: 'Workflows', group: 'Content', scope: 'workflows:read', load: () => import('./tabs/workflows.js') },
  { name: 'notifications', title: 'Notifications', group: 'Content', scope: 'notifications:read', load: () => import('./tabs/notifications.js') },
  { name: 'sessions', title: 'Sessions', group: 'Access', sessionOnly: true, load: () => import('./tabs/sessions.js') },
  { name: 'apikeys', title: 'API keys', group: 'Access', sessionOnly: true, load: () => import('./tabs/apikeys.js') },
  { name: 'users', title: 'Users', group: 'Access', adminOnly: true, sessionOnly: true, load: () => import('./tabs/users.js') },
];
