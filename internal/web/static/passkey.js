// Passkeys: each form marked so asks the hub for options, hands them to the
// browser, and brings the authenticator's answer back. Without this file one
// signs in with a password, and votes on the command line.
(() => {
  const words = document.currentScript.dataset;
  const forms = document.querySelectorAll("form[data-passkey]");
  // A secret may come behind the '#' of a link: it is never sent as part of an
  // address, and leaves the address bar at once. The link may also be opened where
  // the page is open already, which loads nothing. What names a part of the page is
  // no secret.
  const secret = document.querySelector("input[data-from-fragment]");
  const take = () => {
    const fragment = location.hash.slice(1);
    if (!fragment || document.getElementById(fragment)) return;
    try { secret.value = decodeURIComponent(fragment); } catch { return; }
    history.replaceState(null, "", location.pathname);
  };
  if (secret) {
    take();
    addEventListener("hashchange", take);
  }
  if (!window.PublicKeyCredential || !window.isSecureContext) return;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const ids = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const made = (options) => navigator.credentials.create({ publicKey: {
    ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: ids(options.excludeCredentials),
  } }).then((c) => ({ attestationObject: text(c.response.attestationObject), transports: c.response.getTransports?.() ?? [], of: c }));
  const used = (options) => navigator.credentials.get({ publicKey: {
    ...options, challenge: bytes(options.challenge), allowCredentials: ids(options.allowCredentials),
  } }).then((c) => ({ authenticatorData: text(c.response.authenticatorData), signature: text(c.response.signature), userHandle: text(c.response.userHandle ?? new ArrayBuffer(0)), of: c }));

  const post = async (path, type, body) => {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": type }, body });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.error || words.silent);
    return said;
  };
  const explained = (e, otherwise) => {
    if (e.name === "NotAllowedError") return otherwise || words.notChosen;
    if (e.name === "InvalidStateError") return words.hasOne;
    return e.message;
  };

  for (const form of forms) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button"), say = form.querySelector("[role=alert]");
      const fields = new URLSearchParams(new FormData(form));
      for (const name of (form.dataset.with || "").split(" ").filter(Boolean)) {
        const field = document.getElementById(name);
        if (!field.reportValidity()) return;
        fields.set(name, field.value);
      }
      button.disabled = true;
      say.textContent = "";
      try {
        const options = await post(form.dataset.begin, "application/x-www-form-urlencoded", fields.toString());
        const { of, ...response } = await (form.dataset.passkey === "create" ? made : used)(options.publicKey);
        response.clientDataJSON = text(of.response.clientDataJSON);
        const answer = { id: of.id, rawId: text(of.rawId), type: of.type, response, clientExtensionResults: of.getClientExtensionResults() };
        location.assign((await post(form.dataset.finish, "application/json", JSON.stringify(answer))).to);
      } catch (e) {
        say.textContent = explained(e, form.dataset.otherwise);
        button.disabled = false;
      }
    });
  }
})();
