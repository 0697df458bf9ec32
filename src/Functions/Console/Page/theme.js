// Light or dark: as the system has it, or as the user chose. The choice is all that the page stores.
const Key = 'mcp-console-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set();

function stored() {
  try {
    return localStorage.getItem(Key);
  } catch {
    return null;
  }
}

let choice = stored();

export const theme = {
  /** 'light' or 'dark'. */
  get shown() {
    return choice ?? (system.matches ? 'dark' : 'light');
  },

  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  toggle() {
    choice = theme.shown === 'dark' ? 'light' : 'dark';
    try {
      localStorage.setItem(Key, choice);
    } catch {
      // Storage is switched off: the choice lasts until the page is closed.
    }
    apply();
  },
};

function apply() {
  document.documentElement.dataset.theme = theme.shown;
  listeners.forEach(listener => listener(theme.shown));
}

system.addEventListener('change', apply);
apply();
