// A text with Telegram's entities as nodes.

import {make, button, link, SAFE} from "./dom.js";
import {visit} from "./people.js";

const TAGS = {bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote"};

export function isInvitation(url, username) {
  const bot = /^(?:https?:\/\/)?(?:t|telegram)\.me\/(\w+)\/?(?:\?start=[\w-]*)?$/.exec(url)?.[1];
  return bot?.toLowerCase() === username.toLowerCase();
}

// A link anywhere; one to the bot asks who opens it.
export function address(url, className, username, ...children) {
  const node = link(url, className, ...children);
  if (isInvitation(url, username)) node.onclick = event => { event.preventDefault(); visit(url); };
  return node;
}

function entityNode(entity, text, {say, username}) {
  if (TAGS[entity.type]) return make(TAGS[entity.type]);
  if (entity.type === "spoiler") {
    const node = button("spoiler", "", () => node.classList.add("seen"));
    return node;
  }
  if (entity.type === "bot_command") return button("command", "", () => say(text));
  if (entity.type === "text_link" && SAFE.test(entity.url)) return address(entity.url, "", username);
  if (entity.type === "url") return address(SAFE.test(text) ? text : "https://" + text, "", username);
  return make("span");
}

export function formatted(text, entities, phone) {   // offsets are UTF-16 units, exactly what JavaScript counts
  const root = make("div", "words"), open = [{node: root, end: text.length}];
  let at = 0;
  const write = to => { if (to > at) { open.at(-1).node.append(text.slice(at, to)); at = to; } };
  const closeUntil = position => {
    while (open.length > 1 && open.at(-1).end <= position) { write(open.at(-1).end); open.pop(); }
  };
  for (const entity of entities) {
    closeUntil(entity.offset);
    write(entity.offset);
    const end = Math.min(entity.offset + entity.length, open.at(-1).end);
    const node = entityNode(entity, text.slice(entity.offset, end), phone);
    open.at(-1).node.append(node);
    open.push({node, end});
  }
  closeUntil(text.length);
  write(text.length);
  return root;
}
