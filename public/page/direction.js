// A conversation's name in the sidebar is cut where it ends, also one that is written right to left.
// (Paragraphs need no script: `text.css`.)
const turn = () => {
  for (const name of document.querySelectorAll("#thread-history a:not([dir])")) name.dir = "auto";
};

new MutationObserver(turn).observe(document, { childList: true, subtree: true });
