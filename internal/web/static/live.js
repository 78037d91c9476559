// Follows what happens: when the hub says that there is something new, the page
// is fetched again and the parts that differ are replaced. Without this file it
// works by reload. A reader's focus, selection, unfolded details and half-made
// click are left alone.
(() => {
  const main = document.querySelector("main[data-live]");
  const state = document.getElementById("live-state");
  if (!main || !state || !window.EventSource) return;
  let busy = false, again = false, pressed = false;

  const selected = (part) => {
    const s = getSelection();
    return s && !s.isCollapsed && s.rangeCount > 0 && s.getRangeAt(0).intersectsNode(part);
  };
  // An element that can be found again in the new content.
  const path = (e) => {
    const steps = [];
    for (; e && e !== main; e = e.parentElement) steps.unshift([...e.parentElement.children].indexOf(e));
    return e ? steps : null;
  };
  const follow = (steps) => steps && steps.reduce((e, i) => e && e.children[i], main);

  const replace = (old, fresh) => {
    if (old.innerHTML === fresh.innerHTML) return true;
    if (selected(old) || (old.contains(document.activeElement) && document.activeElement.matches("input,textarea,select"))) return false;
    const open = [...old.querySelectorAll("details")].map((d) => d.open);
    const focused = old.contains(document.activeElement) ? path(document.activeElement) : null;
    const at = old.querySelector(".scroll")?.scrollLeft;
    old.innerHTML = fresh.innerHTML;
    old.querySelectorAll("details").forEach((d, i) => { d.open = open[i] ?? false; });
    if (at) old.querySelector(".scroll")?.scrollTo(at, 0);
    follow(focused)?.focus({ preventScroll: true });
    return true;
  };

  const update = (fresh) => {
    const olds = [...main.querySelectorAll(":scope > div[id]")];
    const news = [...fresh.querySelectorAll(":scope > div[id]")];
    const parts = olds.length > 0 && olds.length === news.length && olds.every((o, i) => o.id === news[i].id);
    const done = parts ? olds.map((o, i) => replace(o, news[i])) : [replace(main, fresh)];
    return done.every(Boolean);
  };

  const refresh = async () => {
    if (busy || pressed) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.redirected) { location.reload(); return; } // the session has ended
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.querySelector("main");
        if (pressed || (fresh && !update(fresh))) again = true;
        const asOf = page.querySelector("[data-as-of]");
        if (asOf && !again) document.querySelector("[data-as-of]").replaceWith(asOf);
        document.title = page.title;
      }
    } catch {
      // The connection says so itself, see onerror.
    } finally {
      busy = false;
      if (again) { again = false; setTimeout(refresh, 300); }
    }
  };

  addEventListener("pointerdown", () => { pressed = true; });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { pressed = false; });

  const say = (text) => { if (state.textContent !== text) state.textContent = text; };
  const source = new EventSource("/live");
  source.onopen = () => say("Live: this page follows by itself.");
  source.onmessage = refresh;
  source.onerror = () => say("Not live: the hub cannot be reached; trying again.");
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });
})();
