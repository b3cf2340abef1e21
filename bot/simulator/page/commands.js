// The "/" menu of one phone: all commands from its button, those that fit while a person types.

import {button, make} from "./dom.js";

export class Commands {
  constructor(node, opener, input, say) {
    Object.assign(this, {node, opener, input, say, all: [], active: -1});
    input.setAttribute("aria-controls", node.id);
    opener.setAttribute("aria-controls", node.id);
    opener.onclick = () => { this.isOpen ? this.close() : this.show(this.all); input.focus(); };
    input.addEventListener("input", () => this.filter());
    input.addEventListener("keydown", event => this.key(event));
    input.addEventListener("blur", () => this.close());
    for (const kept of [node, opener]) kept.addEventListener("mousedown", event => event.preventDefault());   // the focus
  }

  get isOpen() { return !this.node.hidden; }

  set(menu) {
    this.all = menu;
    this.opener.hidden = menu.length === 0;
    if (!this.isOpen) return;
    if (this.input.value.startsWith("/")) this.filter();
    else this.show(menu);   // opened by its button
  }

  filter() {
    const typed = /^\/(\w*)$/.exec(this.input.value)?.[1];
    this.show(typed === undefined ? [] : this.all.filter(command => command.name.startsWith(typed.toLowerCase())));
  }

  show(commands) {
    this.active = -1;
    this.node.replaceChildren(...commands.map((command, index) => {
      const node = button("", make("b", "", "/" + command.name), () => this.choose(command));
      node.append(make("span", "", command.description));
      node.id = `${this.node.id}-${index}`;
      node.tabIndex = -1;
      node.setAttribute("role", "option");
      return node;
    }));
    this.toggle(commands.length > 0);
  }

  toggle(open) {
    this.node.hidden = !open;
    this.input.setAttribute("aria-expanded", open);
    this.opener.setAttribute("aria-expanded", open);
    this.input.removeAttribute("aria-activedescendant");
  }

  close() { this.toggle(false); }

  key(event) {
    if (!this.isOpen) return;
    const options = [...this.node.children];
    if (event.key === "Escape") this.close();
    else if (event.key === "ArrowDown") this.mark((this.active + 1) % options.length);
    else if (event.key === "ArrowUp") this.mark((this.active + options.length - (this.active < 0 ? 0 : 1)) % options.length);
    else if (event.key === "Enter" && this.active >= 0) options[this.active].click();
    else return;
    event.preventDefault();
  }

  mark(index) {
    this.active = index;
    [...this.node.children].forEach((node, at) => node.setAttribute("aria-selected", at === index));
    this.node.children[index].scrollIntoView({block: "nearest"});
    this.input.setAttribute("aria-activedescendant", this.node.children[index].id);
  }

  async choose(command) {
    this.close();
    if (await this.say("/" + command.name)) this.input.value = "";
  }
}
