// Who is here: the row of people at the top, the dialog for somebody new, and the one for a link to the bot.

import {button, make, post} from "./dom.js";
import {t} from "./words.js";

const nav = document.getElementById("people");
const stranger = document.getElementById("stranger");
const visitors = document.getElementById("visitors");
const known = [];
let opened = null;   // the link that somebody new will open

const seen = new IntersectionObserver(entries => {
  for (const {target, isIntersecting} of entries) {
    const one = known.find(({phone}) => phone.node === target);
    one.visible = isIntersecting;
    one.chip.setAttribute("aria-current", isIntersecting);
    if (isIntersecting) count(one, 0);
  }
}, {threshold: .6});

function count(one, unread) {
  one.unread = unread;
  one.badge.hidden = unread === 0;
  one.badge.textContent = unread;
  one.badge.setAttribute("aria-label", t("{n} unread", {n: unread}));
}

function faceOf(phone) {
  const face = make("span", "face", [...phone.name][0]);
  face.setAttribute("aria-hidden", "true");
  face.style.setProperty("--hue", phone.id * 137 % 360);
  return face;
}

export function admit(phone) {
  const badge = make("b", "badge");
  const chip = button("", faceOf(phone), () => look(phone));
  chip.append(make("span", "", phone.name), badge);
  nav.append(chip);
  const one = {phone, chip, badge, visible: true, unread: 0};
  known.push(one);
  count(one, 0);
  document.getElementById("phones").append(phone.node);
  seen.observe(phone.node);
}

export function dismiss(phone) {   // a server that was started anew does not know them
  const at = known.findIndex(one => one.phone === phone);
  seen.unobserve(phone.node);
  known[at].chip.remove();
  phone.node.remove();
  known.splice(at, 1);
}

export function look(phone) {
  phone.node.scrollIntoView({behavior: "smooth", inline: "center", block: "nearest"});
  phone.input.focus({preventScroll: true});
}

export function heard(phone) {   // a message came; it is unread where the phone is out of sight
  const one = known.find(other => other.phone === phone);
  if (!one.visible) count(one, one.unread + 1);
}

function meet(link) {
  opened = link;
  stranger.querySelector("form").reset();
  stranger.showModal();
}

export function visit(url) {
  const open = async phone => { visitors.close(); look(phone); await phone.post("follow", {person: phone.id, link: url}); };
  const somebody = button("choice", t("Somebody new…"), () => { visitors.close(); meet(url); });
  visitors.querySelector(".address").textContent = url;
  visitors.querySelector(".choices").replaceChildren(
    ...known.map(({phone}) => {
      const node = button("choice", faceOf(phone), () => open(phone));
      node.append(phone.name);
      return node;
    }), somebody);
  visitors.showModal();
}

document.getElementById("add").onclick = () => meet(null);
for (const dialog of [stranger, visitors]) dialog.querySelector(".cancel").onclick = () => dialog.close();

stranger.querySelector("form").onsubmit = async event => {
  event.preventDefault();
  const form = event.target.elements;
  const problem = await post("join", {name: form.name.value, language: form.language.value, link: opened});
  form.name.setCustomValidity(problem ?? "");
  if (problem) form.name.reportValidity();
  else stranger.close();
};
stranger.querySelector("[name=name]").oninput = event => event.target.setCustomValidity("");
