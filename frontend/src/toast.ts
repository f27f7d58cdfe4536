import { say } from "./page";

const SHOWN_FOR = 12_000;

/** A message at the edge of the screen; the surrounding live region has it read aloud. */
export function toast(text: string, tone = "neutral", link?: string): void {
  const list = document.getElementById("toasts");
  if (!list) return;
  const item = document.createElement("div");
  item.className = `toast tone-${tone}`;
  const body = document.createElement(link ? "a" : "span");
  if (body instanceof HTMLAnchorElement && link) body.href = link;
  body.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "icon-button";
  close.setAttribute("aria-label", say("close"));
  close.textContent = "×";
  close.addEventListener("click", () => item.remove());
  item.append(body, close);
  list.append(item);
  window.setTimeout(() => item.remove(), SHOWN_FOR);
}
