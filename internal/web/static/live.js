// Follows what happens: when the hub says that there is something new, the page
// is fetched again and its content replaced. Without this file it works by reload.
(() => {
  const main = document.querySelector("main[data-live]");
  const state = document.getElementById("live-state");
  if (!main || !window.EventSource) return;
  let busy = false, again = false;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
        const open = [...main.querySelectorAll("details")].map((d) => d.open);
        if (fresh && fresh.innerHTML !== main.innerHTML && !main.contains(document.activeElement?.closest("form"))) {
          main.innerHTML = fresh.innerHTML;
          main.querySelectorAll("details").forEach((d, i) => { d.open = open[i] ?? false; });
        }
      }
    } finally {
      busy = false;
      if (again) { again = false; refresh(); }
    }
  };
  const source = new EventSource("/live");
  source.onopen = () => { state.textContent = "Live."; };
  source.onmessage = refresh;
  source.onerror = () => { state.textContent = "Not live: the hub cannot be reached; trying again."; };
})();
