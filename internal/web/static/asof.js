// The slider of an outbreak's page: the page as it stood at any moment. On the page
// of now the first move goes to that of the past; there, each move fetches what was
// known then. Without this file the field and the links beside it do the same.
(() => {
  const when = document.getElementById("when");
  const slide = when?.querySelector(".slide");
  if (!slide) return;
  const range = slide.querySelector("input"), output = slide.querySelector("output");
  let waiting = 0, asked = 0;
  const at = () => new Date(range.value * 1000);
  const path = () => slide.dataset.path + "?as-of=" + at().toISOString();
  const say = () => {
    const text = at().toLocaleString(slide.dataset.locale, { timeZone: "UTC", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }) + " UTC";
    range.setAttribute("aria-valuetext", text);
    output.textContent = text;
  };
  const show = async () => {
    const to = path();
    if (!when.classList.contains("past")) { location.assign(to + "#when-slider"); return; }
    const mine = ++asked;
    try {
      const answer = await fetch(to, { headers: { Accept: "text/html" } });
      if (mine !== asked) return; // it was moved on meanwhile
      if (!answer.ok || answer.redirected) { location.assign(to); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== asked) return;
      for (const id of ["when-moment", "moment"]) {
        const fresh = page.getElementById(id);
        if (fresh) document.getElementById(id).replaceWith(fresh);
      }
      document.title = page.title;
      document.getElementById("main").dispatchEvent(new CustomEvent("live:replaced", { bubbles: true }));
      history.replaceState(null, "", to + "#when-slider");
    } catch {
      output.textContent = when.dataset.lost;
    }
  };
  slide.hidden = false;
  say();
  range.addEventListener("input", () => { say(); clearTimeout(waiting); waiting = setTimeout(show, 150); });
  if (location.hash === "#when-slider") range.focus();
})();
