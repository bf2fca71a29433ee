// The page's own scripts, one for each job. The server sends plain data with every text in the
// page's language (`page/server.js`); the authority is the server's, these are for the person.
import "./page/address.js";
import "./page/card.js";
import "./page/composer.js";
import "./page/direction.js";
import "./page/draft.js";
import "./page/menu.js";
import "./page/panel.js";
import "./page/choices.js";
import "./page/meter.js";
import "./page/names.js";
import "./page/numbers.js";
import "./page/room.js";
import "./page/stop.js";
