// What the server wrote on the page for the scripts.

let words: Record<string, string> | undefined;

/** A word in the page's language; `{n}` is filled in. */
export function say(key: string, n?: number): string {
  words ??= JSON.parse(document.body.dataset["say"] ?? "{}") as Record<string, string>;
  return (words[key] ?? key).replace("{n}", String(n ?? ""));
}

export function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

/** "3 天", "5 小时", "20 分钟": the largest fitting unit, as the server writes it. */
export function duration(milliseconds: number): string {
  const minutes = Math.floor(Math.abs(milliseconds) / 60_000);
  if (minutes >= 1440) return say("left_days", Math.floor(minutes / 1440));
  if (minutes >= 60) return say("left_hours", Math.floor(minutes / 60));
  return minutes >= 1 ? say("left_minutes", minutes) : say("left_now");
}
