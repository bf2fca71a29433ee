// The theme before anything is painted: what was chosen in the page, at a first visit what the system
// asks for. Chainlit reads the same key.
(() => {
  "use strict";

  const KEY = "vite-ui-theme";
  let theme = "system";
  try {
    theme = localStorage.getItem(KEY) ?? theme;
    localStorage.setItem(KEY, theme);
  } catch {
    // a browser that blocks storage gets the system's
  }
  const isDark =
    theme === "dark" ||
    (theme === "system" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.add(isDark ? "dark" : "light");
})();
