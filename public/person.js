// Chainlit asks now and then who is logged in, and takes a chat that does not answer (it is being
// restarted, or the network is away) for a logout: it would leave the page, and a draft with it.
// Here an answer that does not come is the last one that did.
(() => {
  "use strict";

  const fetched = window.fetch.bind(window);
  let last = null;

  window.fetch = async (resource, options) => {
    const url = new URL(resource?.url ?? resource, window.location.href);
    if (!url.pathname.endsWith("/user")) return fetched(resource, options);
    try {
      const answer = await fetched(resource, options);
      if (answer.ok) last = answer.clone();
      return answer.status >= 500 && last ? last.clone() : answer;
    } catch (error) {
      if (last) return last.clone();
      throw error;
    }
  };
})();
