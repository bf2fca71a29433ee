// Where Chainlit's page has what our scripts work with.

export const INPUT = "#chat-input";
export const EDITED = "#edit-chat-input";
export const SEND = "#chat-submit";
export const STOP = "#stop-button";
export const MINE = '[data-step-type="user_message"]';
export const SCROLLED = "#root .overflow-y-auto > .mx-auto"; // the messages, above the room below them
export const HEADER = "#header > div:last-child";

/** The chat's own address, below the sub-path that a proxy may add. */
export const HOME = new URL("../../", import.meta.url);

/** The id of the conversation that the page shows; undefined before its first message. */
export const shownThread = () => window.location.pathname.match(/\/thread\/([^/]+)$/)?.[1];
