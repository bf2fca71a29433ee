// A first visit gets the theme that its system asks for; later ones what was chosen in the page.
try {
  if (!localStorage.getItem("vite-ui-theme")) localStorage.setItem("vite-ui-theme", "system");
} catch {
  // a browser that blocks storage gets Chainlit's default
}
