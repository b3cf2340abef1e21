// Starts the page: the whole state when it connects, then every event.

import * as faults from "./faults.js";
import {admit, dismiss, heard, look} from "./people.js";
import {Phone} from "./phone.js";
import {applied, change, other, otherName, t} from "./words.js";

applied();
const language = document.getElementById("language");
Object.assign(language, {textContent: other.toUpperCase(), title: otherName, lang: other, onclick: change});
language.setAttribute("aria-label", otherName);

const phones = new Map();
const live = document.getElementById("link");
live.textContent = t("connecting…");
let bot, username;

const source = new EventSource("/simulator/events");   // reconnects by itself, and gets the whole state again
source.onopen = () => { live.dataset.live = true; live.textContent = t("live"); };
source.onerror = () => {
  live.dataset.live = false;
  live.textContent = source.readyState === EventSource.CLOSED ? t("stopped: reload the page") : t("reconnecting…");
};

function seat(person) {
  if (!phones.has(person.id)) {
    const phone = new Phone(person, bot, username);
    phones.set(person.id, phone);
    admit(phone);
  }
  phones.get(person.id).show(person);
  return phones.get(person.id);
}

const on = (name, act) => source.addEventListener(name, event => act(JSON.parse(event.data)));
const onPhone = (name, act) => on(name, data => act(phones.get(data.person), data));
on("state", state => {
  [bot, username] = [state.bot, state.username];
  const here = new Set(state.people.map(person => person.id));
  for (const [id, phone] of phones) if (!here.has(id)) { dismiss(phone); phones.delete(id); }
  state.people.forEach(seat);
  faults.begin(state);
});
on("joined", person => { faults.meet(person); look(seat(person)); });
on("faults", data => faults.setFaults(data.faults));
on("limits", data => faults.setLimits(data.on));
onPhone("message", (phone, {message}) => {
  if (!message.mine && !phone.find(message.id)) heard(phone);
  phone.put(message);
});
onPhone("deleted", (phone, data) => phone.remove(data.message));
onPhone("keyboard", (phone, data) => phone.setKeyboard(data.keyboard));
onPhone("menu", (phone, data) => phone.commands.set(data.menu));
onPhone("answered", (phone, data) => phone.answered(data));
onPhone("action", (phone, data) => phone.act(data.action));
onPhone("blocked", (phone, data) => phone.setBlocked(data.blocked));
