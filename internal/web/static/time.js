// Times are written in UTC; whoever points at one, or comes to it by keyboard, is
// told the same in the zone of this browser. Without this file UTC stays.
(() => {
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
  const said = new WeakMap(); // what a title was before
  const times = (e) => {
    const at = e.target.closest?.("time[datetime]");
    return at ? [at] : e.type.startsWith("focus") ? [...e.target.querySelectorAll?.("time[datetime]") ?? []].slice(0, 20) : [];
  };
  const say = (e) => {
    for (const t of times(e)) {
      const at = new Date(t.dateTime);
      if (said.has(t) || Number.isNaN(at.getTime())) continue;
      said.set(t, t.getAttribute("title"));
      t.title = [t.title, local.format(at)].filter(Boolean).join("\n");
    }
  };
  // A part of the page that was given words stays equal to the server's once they are gone.
  const hush = (e) => {
    for (const t of times(e)) {
      if (!said.has(t)) continue;
      const before = said.get(t);
      if (before === null) t.removeAttribute("title"); else t.title = before;
      said.delete(t);
    }
  };
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, say);
  for (const kind of ["pointerout", "focusout"]) document.addEventListener(kind, hush);
})();
