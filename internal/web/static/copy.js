// A button beside what is to be copied. Without this file one marks and copies it.
(() => {
  if (!navigator.clipboard) return; // a page that is not secure has none
  for (const from of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = from.dataset.copy;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(from.textContent);
        button.textContent = from.dataset.copied;
      } catch {
        getSelection().selectAllChildren(from); // to be copied by hand
      }
    });
    from.after(" ", button);
  }
})();
