// A browser may refuse to store anything. Chainlit's page would not start there; here it gets a store
// that lasts as long as the page.
(() => {
  "use strict";

  const inMemory = () => {
    const kept = new Map();
    return {
      getItem: (key) => kept.get(String(key)) ?? null,
      setItem: (key, value) => void kept.set(String(key), String(value)),
      removeItem: (key) => void kept.delete(String(key)),
      clear: () => kept.clear(),
      key: (index) => [...kept.keys()][index] ?? null,
      get length() {
        return kept.size;
      },
    };
  };

  const isRefused = (name) => {
    try {
      window[name].getItem("");
      return false;
    } catch {
      return true;
    }
  };

  for (const name of ["localStorage", "sessionStorage"]) {
    if (isRefused(name)) Object.defineProperty(window, name, { value: inMemory() });
  }
})();
