// One person's phone: their chat with the bot, their keyboard and menu.

import {Commands} from "./commands.js";
import {button, make, post} from "./dom.js";
import {messageNode, rows} from "./message.js";
import {t, translate} from "./words.js";

export class Phone {
  constructor(person, bot, username) {
    Object.assign(this, {id: person.id, name: person.name, bot, username});
    this.node = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    translate(this.node);
    const find = selector => this.node.querySelector(selector);
    [this.history, this.status, this.toasts] = [find(".history"), find(".status"), find(".toasts")];
    [this.keyboard, this.form, this.input] = [find(".keyboard"), find("form"), find("input")];
    [this.blocker, this.unblocker] = [find(".block"), find(".unblock")];
    this.node.dataset.person = person.id;
    this.node.setAttribute("aria-label", person.name);
    find(".name span").textContent = person.name;
    find(".role").textContent = t(person.role);
    find(".face").textContent = [...person.name][0];
    find(".face").style.setProperty("--hue", person.id * 137 % 360);
    this.say = text => this.post("say", {person: this.id, text});
    this.press = (message, data) => this.post("press", {person: this.id, message, button: data});
    find(".commands").id = `commands-${person.id}`;
    this.commands = new Commands(find(".commands"), find(".menu"), this.input, this.say);
    this.form.onsubmit = async event => {
      event.preventDefault();
      const text = this.input.value;
      this.commands.close();
      if (text.trim() && await this.say(text)) this.input.value = "";
    };
    this.blocker.onclick = () => this.post("block", {person: this.id, blocked: !this.blocked});
    this.stayAtEnd();
    this.unblocker.onclick = () => this.post("block", {person: this.id, blocked: false});
  }

  stayAtEnd() {   // also when a new neighbour, a keyboard or a menu makes the chat smaller
    const {history} = this;
    let size = "";
    const now = () => `${history.clientWidth}×${history.clientHeight}`;
    this.atEnd = true;
    new ResizeObserver(() => { size = now(); if (this.atEnd) this.toEnd(); }).observe(history);
    history.onscroll = () => {   // one that a new size causes says nothing about what the reader wants
      if (size === now()) this.atEnd = history.scrollHeight - history.scrollTop - history.clientHeight < 80;
    };
  }

  show(person) {   // everything anew: the page has just connected
    this.history.replaceChildren();
    this.atEnd = true;
    this.blocked = person.blocked;
    this.setKeyboard(person.keyboard);
    this.commands.set(person.menu);
    person.messages.forEach(message => this.put(message));
    this.refresh();
  }

  refresh() {
    const fresh = !this.history.querySelector(".message");
    const empty = this.history.querySelector(".empty");
    if (fresh && !empty) this.history.append(this.invitation());
    if (!fresh && empty) empty.remove();
    this.blocker.hidden = fresh || this.blocked;
    this.unblocker.hidden = !this.blocked;
    this.form.hidden = this.blocked;
    this.keyboard.hidden = this.blocked || !this.keyboard.childElementCount;
    this.status.className = "status";
    this.status.textContent = this.blocked ? t("has blocked the bot")
      : fresh ? t("has not met the bot yet") : t("chats with {bot}", {bot: this.bot});
  }

  invitation() {
    const start = button("start", t("Start"), () => this.say("/start"));
    return make("div", "empty", t("{bot} cannot write here before you do.", {bot: this.bot}), start);
  }

  put(message) {
    const old = this.find(message.id);
    const {atEnd} = this;
    const node = messageNode(message, this);
    if (old) {
      const focused = old.contains(document.activeElement);
      node.classList.add("still");
      old.replaceWith(node);
      if (focused) (node.querySelector(".row button") ?? this.history).focus({preventScroll: true});
    } else this.history.append(node);
    this.refresh();
    if (atEnd || message.mine) this.toEnd();
  }

  find(id) { return this.history.querySelector(`[data-message-id="${id}"]`); }

  toEnd() { this.history.scrollTop = this.history.scrollHeight; }

  remove(id) {
    this.find(id)?.remove();
    this.refresh();
  }

  answered({message, data, text, alert}) {
    for (const node of this.find(message)?.querySelectorAll("[aria-busy]") ?? [])
      if (node.dataset.data === data) node.removeAttribute("aria-busy");
    if (text) this.toast(text, alert);
  }

  toast(text, alert) {
    const node = make("div", alert ? "toast alert" : "toast", text);
    node.setAttribute("role", alert ? "alertdialog" : "status");
    node.setAttribute("aria-label", text);
    this.toasts.append(node);
    if (!alert) { setTimeout(() => node.remove(), 4000); return; }
    const before = document.activeElement;
    const ok = button("", "OK", () => { node.remove(); before?.focus({preventScroll: true}); });
    node.append(ok);
    node.onkeydown = event => { if (event.key === "Escape") ok.click(); };
    if (this.node.contains(before)) ok.focus({preventScroll: true});   // nobody else's typing is interrupted
  }

  setKeyboard(keyboard) {
    this.input.placeholder = keyboard?.placeholder || t("Message");
    this.keyboard.replaceChildren(...rows(keyboard?.rows ?? [], label => button("", label, () => this.say(label))));
    this.refresh();
  }

  setBlocked(blocked) {
    const focused = this.node.contains(document.activeElement);
    this.blocked = blocked;
    this.refresh();
    if (focused) (blocked ? this.unblocker : this.input).focus({preventScroll: true});
  }

  act(action) {
    this.status.className = "status busy";
    this.status.textContent = t(action === "typing" ? "{bot} is typing…" : "{bot} is sending a file…", {bot: this.bot});
    clearTimeout(this.acting);
    this.acting = setTimeout(() => this.refresh(), 5000);
  }

  async post(what, body) {
    const problem = await post(what, body);
    if (problem) this.toast(t(problem), false);
    return problem === null;
  }
}
