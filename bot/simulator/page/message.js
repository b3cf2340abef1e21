// One message: its file, words, time and inline buttons.

import {make, button, link, SAFE} from "./dom.js";
import {address, formatted} from "./formatted.js";
import {t} from "./words.js";

const picture = document.getElementById("picture");
picture.onclick = () => picture.close();

function enlarge(url) {
  picture.querySelector("img").src = url;
  picture.querySelector("img").alt = t("Photo");
  picture.showModal();
}

function size(bytes) {
  if (bytes < 1024) return t("{n} B", {n: bytes});
  return bytes < 1 << 20 ? t("{n} KB", {n: Math.round(bytes / 1024)}) : t("{n} MB", {n: (bytes / (1 << 20)).toFixed(1)});
}

function fileNode(file) {
  const url = "/simulator/file/" + encodeURIComponent(file.id);
  if (file.kind === "photo") {
    const image = Object.assign(make("img"), {src: url, alt: t("Photo"), width: file.width, height: file.height});
    const node = link(url, "photo", image);
    node.onclick = event => { event.preventDefault(); enlarge(url); };
    return node;
  }
  const node = make("a", "file", make("span", "", file.name, make("small", "", size(file.size))));
  return Object.assign(node, {href: url, download: file.name});
}

function inlineButton(message, phone, {text, data, url}) {
  if (data === null) return SAFE.test(url) ? address(url, "", phone.username, text) : make("span", "", text);
  const node = button("", text, async () => {
    node.setAttribute("aria-busy", "true");
    if (!await phone.press(message, data)) node.removeAttribute("aria-busy");
  });
  node.dataset.data = data;
  return node;
}

export function rows(buttons, build) {
  return buttons.map(row => make("div", "row", ...row.map(build)));
}

export function messageNode(message, phone) {
  const bubble = make("div", "bubble");
  if (message.file) bubble.append(fileNode(message.file));
  if (message.text) bubble.append(formatted(message.text, message.entities, phone));
  const time = new Date(message.date * 1000).toLocaleTimeString([], {hour: "2-digit", minute: "2-digit", hour12: false});
  const when = make("span", "when", (message.edited ? t("edited") + " " : "") + time);
  (bubble.querySelector(":scope > .words") ?? bubble).append(when);
  const node = make("div", "message", bubble, ...rows(message.buttons, one => inlineButton(message.id, phone, one)));
  node.classList.toggle("mine", message.mine);
  node.classList.toggle("card", Boolean(message.file?.kind === "photo" || message.buttons.length));
  node.dataset.messageId = message.id;
  return node;
}
