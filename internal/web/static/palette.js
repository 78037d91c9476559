// The way to everything by keyboard: Ctrl or Command and K opens a list that narrows
// as one types, "/" goes to the search, "g" and a letter to a page. Without this file
// the same list is the page /palette.
(() => {
  const made = document.getElementById("palette");
  if (!made) return;
  const dialog = made.content.firstElementChild.cloneNode(true);
  document.body.append(dialog);
  const [field, list, status] = ["[role=combobox]", "[role=listbox]", "[role=status]"].map((s) => dialog.querySelector(s));
  let options = [], at = -1, asked = 0, timer;

  const choose = (i) => {
    at = options.length ? (i + options.length) % options.length : -1;
    options.forEach((o, n) => o.setAttribute("aria-selected", String(n === at)));
    if (at < 0) { field.removeAttribute("aria-activedescendant"); return; }
    field.setAttribute("aria-activedescendant", options[at].id);
    options[at].scrollIntoView({ block: "nearest" });
  };
  const leave = (i) => { const to = options[i]?.dataset.path; if (to) { dialog.close(); location.assign(to); } };

  const element = (name, attributes, ...inside) => {
    const e = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    e.append(...inside);
    return e;
  };
  const show = (offers) => {
    list.replaceChildren();
    let group, named;
    options = offers.map((o, n) => {
      if (o.group !== named) {
        named = o.group;
        const title = element("li", { role: "presentation", id: `palette-group-${n}` }, named);
        group = element("ul", { role: "group", "aria-labelledby": title.id }, title);
        list.append(element("li", { role: "presentation" }, group));
      }
      const option = element("li", { role: "option", id: `palette-${n}`, "aria-selected": "false", "data-path": o.path }, element("span", { class: "name" }, o.name));
      if (o.hint) option.append(element("span", { class: "small" }, o.hint));
      if (o.tlp) option.append(element("span", { class: `tlp tlp-${o.tlp}` }, `TLP:${o.tlp.toUpperCase()}`));
      if (o.key) option.append(element("span", { class: "jump" }, element("kbd", {}, "g"), " ", element("kbd", {}, o.key)));
      option.addEventListener("pointermove", () => { if (at !== n) choose(n); });
      option.addEventListener("click", () => leave(n));
      group.append(option);
      return option;
    });
    choose(0);
  };

  const ask = async () => {
    const mine = ++asked;
    try {
      const answer = await fetch(`/palette?q=${encodeURIComponent(field.value)}`, { headers: { Accept: "application/json" } });
      if (answer.status === 401) { location.reload(); return; } // the session has ended
      if (mine !== asked) return; // something else was typed since
      if (!answer.ok) throw new Error(answer.status);
      const { offers, said } = await answer.json();
      if (mine !== asked) return;
      show(offers);
      status.textContent = said;
    } catch {
      if (mine === asked) status.textContent = status.dataset.failed;
    }
  };
  const open = () => {
    if (dialog.open) return;
    field.value = "";
    show([]);
    dialog.showModal(); // which also gives the focus back when it is closed
    ask();
  };

  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 80); });
  dialog.addEventListener("keydown", (e) => {
    const step = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: Math.min(at + 8, options.length - 1), PageUp: Math.max(at - 8, 0) }[e.key];
    if (step !== undefined) { e.preventDefault(); choose(step); }
    if (e.key === "Enter" && e.target === field) { e.preventDefault(); leave(at); }
  });
  dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); }); // beside it

  const menu = document.querySelector("details.menu");
  document.addEventListener("click", (e) => { if (menu?.open && !menu.contains(e.target)) menu.open = false; });

  let going = 0; // until when a letter after "g" is a page's
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && e.key.toLowerCase() === "k") { e.preventDefault(); open(); return; }
    if (e.key === "Escape" && menu?.open) { menu.open = false; menu.querySelector("summary").focus(); return; }
    if (e.ctrlKey || e.metaKey || e.altKey || dialog.open || document.body.dataset.keys === "off" || e.target.closest?.("input,textarea,select,[contenteditable]")) return;
    const page = e.timeStamp < going && document.querySelector(`header a[data-go="${CSS.escape(e.key)}"]`);
    going = 0;
    if (page) { e.preventDefault(); location.assign(page.href); }
    else if (e.key === "g") going = e.timeStamp + 1500;
    else if (e.key === "/") { e.preventDefault(); document.querySelector(".find input").focus(); }
    else if (e.key === "?") { e.preventDefault(); open(); }
  });
})();
