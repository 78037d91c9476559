// Follows what happens: when the hub says that there is something new, the page
// is fetched again and the parts that differ are replaced. Without this file it
// works by reload. A reader's focus, selection, unfolded details and half-made
// click are left alone.
(() => {
  const main = document.querySelector("main[data-live]");
  const state = document.getElementById("live-state");
  if (!main || !state || !window.EventSource) return;
  let busy = false, stale = false, pressed = false, leaving = false;
  let tag = "", place = state.dataset.place, source = null, timer = 0;

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
    main.dispatchEvent(new CustomEvent("live:replaced", { bubbles: true }));
    return true;
  };

  const update = (fresh) => {
    const olds = [...main.querySelectorAll(":scope > div[id]")];
    const news = [...fresh.querySelectorAll(":scope > div[id]")];
    const parts = olds.length > 0 && olds.length === news.length && olds.every((o, i) => o.id === news[i].id);
    const done = parts ? olds.map((o, i) => replace(o, news[i])) : [replace(main, fresh)];
    return done.every(Boolean);
  };

  // Tries again when something held it up: the page stays stale until it was shown.
  const later = (wait) => { clearTimeout(timer); timer = setTimeout(refresh, wait); };

  const refresh = async () => {
    stale = true;
    if (busy || document.hidden || leaving) return;
    if (pressed) { later(300); return; }
    busy = true;
    stale = false;
    let wait = 300;
    try {
      const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html", "Tocsin-Refresh": "1", ...(tag && { "If-None-Match": tag }) } });
      if (answer.redirected) { leaving = true; location.reload(); return; } // the session has ended
      if (answer.status === 200) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.querySelector("main");
        const shown = !pressed && fresh && update(fresh);
        tag = shown ? answer.headers.get("ETag") || "" : "";
        if (!shown) stale = true;
        const asOf = page.querySelector("[data-as-of]");
        if (asOf && shown) document.querySelector("[data-as-of]").replaceWith(asOf);
        for (const one of document.querySelectorAll("header [id]")) { // how much waits
          const now = page.getElementById(one.id);
          if (now && now.innerHTML !== one.innerHTML && !one.contains(document.activeElement)) one.innerHTML = now.innerHTML;
        }
        document.title = page.title;
      } else if (answer.status >= 500 || answer.status === 429) {
        stale = true;
        wait = 5000;
      }
    } catch {
      stale = true; // the connection says so itself, see onerror
      wait = 5000;
    } finally {
      busy = false;
      if (stale) later(wait);
    }
  };

  addEventListener("pointerdown", () => { pressed = true; });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { pressed = false; });

  const say = (text) => { if (state.textContent !== text) state.textContent = text; };
  const listen = () => {
    if (source || leaving) return;
    source = new EventSource("/live?" + new URLSearchParams({ about: main.dataset.live, at: place }));
    source.onopen = () => { say(state.dataset.following); if (stale) refresh(); };
    source.onmessage = (e) => { place = e.lastEventId || place; refresh(); };
    source.onerror = () => say(source && source.readyState === EventSource.CLOSED ? state.dataset.closed : state.dataset.lost);
  };
  const rest = () => { if (source) source.close(); source = null; };

  // Over HTTP/1.1 a browser has six connections to a hub, and the seventh page
  // would not come: there a page that nobody sees lets go of its own. It comes back
  // with the place up to which it heard, and misses nothing.
  const scarce = performance.getEntriesByType("navigation")[0]?.nextHopProtocol === "http/1.1";
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { if (scarce) rest(); return; }
    listen();
    if (stale) refresh();
  });
  if (!document.hidden || !scarce) listen();
  addEventListener("pagehide", () => { leaving = true; rest(); });
  addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });
})();
