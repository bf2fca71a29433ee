// Where Chainlit's page has what our scripts work with.

export const INPUT = "#chat-input";
export const EDITED = "#edit-chat-input";
export const SEND = "#chat-submit";
