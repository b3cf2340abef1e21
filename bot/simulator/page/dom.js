// Small helpers. Everything that people or the bot wrote reaches the page as text nodes only, never as HTML.

export function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

export function button(className, label, onclick) {
  return Object.assign(make("button", className, label), {type: "button", onclick});
}

export const SAFE = /^(https?|tg|mailto):/i;

export function link(url, className, ...children) {
  const node = make("a", className, ...children);
  Object.assign(node, {href: url, target: "_blank", rel: "noopener noreferrer"});
  return node;
}

// What a person or a tester does: the server's sentence where it refuses, null where it is done.
export async function post(what, body) {
  try {
    const answer = await fetch("/simulator/" + what,
      {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
    return answer.ok ? null : (await answer.json()).error ?? answer.statusText;
  } catch {
    return "The simulator does not answer. Is it still running?";
  }
}
