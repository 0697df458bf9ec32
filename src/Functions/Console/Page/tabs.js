// The views, in the order of the navigation. A view is shown to whom the gateway would give its data.
export const groups = ['Operations', 'Content', 'Access'];

export const tabs = [
  { name: 'overview', title: 'Overview', group: 'Operations', scope: 'events:admin', adminOnly: true, load: () => import('./tabs/overview.js') },
  { name: 'events', title: 'Events', group: 'Operations', scope: 'events:admin', adminOnly: true, load: () => import('./tabs/events.js') },
  { name: 'dead-letters', title: 'Dead letters', group: 'Operations', scope: 'events:admin', adminOnly: true, load: () => import('./tabs/dead-letters.js') },
  { name: 'replay', title: 'Replay', group: 'Operations', scope: 'events:admin', adminOnly: true, load: () => import('./tabs/replay.js') },
];
