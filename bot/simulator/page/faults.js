// The fault panel: what shall go wrong, for whom, and what is going wrong now.

import {button, make, post} from "./dom.js";
import {t} from "./words.js";

const panel = document.getElementById("faults");
const opener = document.getElementById("faults-button");
const badge = document.getElementById("faults-count");
const form = document.getElementById("break");
const list = document.getElementById("broken");
const limits = document.getElementById("limits");
const names = new Map();
let faults = [];

function toggle(open) {
  panel.hidden = !open;
  opener.setAttribute("aria-expanded", open);
  (open ? form.elements.kind : opener).focus();
}
opener.onclick = () => toggle(panel.hidden);
panel.querySelector(".close").onclick = () => toggle(false);
panel.onkeydown = event => { if (event.key === "Escape") toggle(false); };

function fit() {   // only the fields that this kind of fault has
  for (const node of form.querySelectorAll("[data-for]")) {
    node.hidden = !node.dataset.for.split(" ").includes(form.elements.kind.value);
    node.querySelector("input, select").disabled = node.hidden;
  }
}
form.elements.kind.onchange = fit;

form.onsubmit = async event => {
  event.preventDefault();
  const values = Object.fromEntries(new FormData(form));
  const body = {kind: values.kind};
  if (values.person) body.person = Number(values.person);
  if (values.method) body.method = values.method;
  if (values.seconds) body.seconds = Number(values.seconds);
  if (values.times) body.times = Number(values.times);
  const problem = await post("break", body);
  form.elements.kind.setCustomValidity(problem ? t(problem) : "");
  if (problem) form.reportValidity();
};
form.oninput = () => form.elements.kind.setCustomValidity("");

limits.onchange = async () => { if (await post("limit", {on: limits.checked})) limits.checked = !limits.checked; };
document.getElementById("heal").onclick = () => post("lift", {id: null});

export function meet(person) {
  names.set(person.id, person.name);
  form.elements.person.append(new Option(person.name, person.id));
}

export function begin(state) {
  names.clear();
  form.elements.person.replaceChildren(new Option(t("everybody"), ""));
  state.people.forEach(meet);
  setLimits(state.limits);
  setFaults(state.faults);
  fit();
}

export function setLimits(on) { limits.checked = on; }

export function setFaults(now) {
  const at = performance.now();
  faults = now.map(fault => ({...fault, until: fault.left === null ? null : at + fault.left * 1000}));
  draw();
}

function methodName(lower) {
  return [...form.elements.method.options].map(option => option.value).find(name => name.toLowerCase() === lower) ?? lower;
}

function sentence(fault) {
  const title = form.elements.kind.querySelector(`[value="${fault.kind}"]`).dataset.t;
  const parts = [fault.kind === "error" ? String(fault.code) : t(title)];
  if (fault.method) parts.push(methodName(fault.method));
  if (fault.person !== null) parts.push(names.get(fault.person) ?? fault.person);
  if (fault.kind === "slow") parts.push(t("{n} s late", {n: fault.seconds}));
  if (fault.times !== null) parts.push(t("{n} to go", {n: fault.times}));
  if (fault.until !== null) parts.push(t("{n} s left", {n: Math.ceil((fault.until - performance.now()) / 1000)}));
  return parts.join(" · ");
}

function draw() {
  faults = faults.filter(fault => fault.until === null || fault.until > performance.now());
  badge.textContent = faults.length;
  badge.hidden = faults.length === 0;
  document.getElementById("sound").hidden = faults.length > 0;
  document.getElementById("heal").hidden = faults.length < 2;
  const rows = new Map([...list.children].map(row => [Number(row.dataset.fault), row]));
  for (const fault of faults) {   // rows stay where they are, so that the focus on a button is not lost
    if (!rows.has(fault.id)) list.append(newRow(fault.id));
    list.querySelector(`[data-fault="${fault.id}"] span`).textContent = sentence(fault);
    rows.delete(fault.id);
  }
  rows.forEach(row => row.remove());
}

function newRow(id) {
  const row = make("li", "", make("span"), button("", t("End"), () => post("lift", {id})));
  row.dataset.fault = id;
  return row;
}

setInterval(() => { if (faults.some(fault => fault.until !== null)) draw(); }, 500);
