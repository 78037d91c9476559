package hub_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// invite lets a person in and gives the one-time secret.
func (r *running) invite(partner, name, email, role string) string {
	r.t.Helper()
	var invited struct {
		Secret string `json:"enrolment"`
	}
	r.decode(r.post("/api/v1/people", adminToken, map[string]string{"partner": partner, "name": name, "email": email, "role": role}, http.StatusCreated), &invited)
	if invited.Secret == "" {
		r.t.Fatal("a person was invited without a secret")
	}
	return invited.Secret
}

// named is the hub's address by a name, for which browsers make passkeys.
func (r *running) named() string {
	r.t.Helper()
	_, port, found := strings.Cut(r.URL(), "127.0.0.1:")
	if !found {
		r.t.Fatalf("the hub listens on %s", r.URL())
	}
	return "http://localhost:" + port
}

// device gives the browser an authenticator that its user has unlocked.
func (b *browser) device() {
	b.t.Helper()
	command(b, webauthn.Enable, webauthn.EnableParams{})
	command(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
}

func (b *browser) press(text string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.Search(fmt.Sprintf(`//button[text()=%q]`, text))))
}

// quietBut is quiet, but for the browser's own word about answers of a status.
func (b *browser) quietBut(where, status string) {
	b.t.Helper()
	b.mu.Lock()
	b.trouble = slices.DeleteFunc(b.trouble, func(one string) bool { return strings.Contains(one, "status of "+status) })
	b.mu.Unlock()
	b.quiet(where)
}

// A person joins with a passkey, signs in with it, adds another way in and
// takes the passkey away again, in a real browser with an authenticator.
func TestPasskeysInABrowser(t *testing.T) {
	h := startHub(t, "")
	partner, _ := h.partner("Water works", "water", "NZ", "viewer")
	secret := h.invite(partner, "Ann Example", "ann@water.example", "analyst")
	b := openBrowser(t, h.named())
	b.device()

	b.open("/enrol#" + secret)
	b.await("h1", "Join this hub")
	b.is("the secret has left the address", `location.hash === "" && document.getElementById("secret").value.startsWith("tocsin_enrol_")`)
	b.press("Join with a passkey")
	b.await("span", "Ann Example · Water works · analyst")
	b.quiet("joining")

	b.press("Sign out")
	b.await("h1", "Sign in")
	b.press("Sign in with a passkey")
	b.await("span", "Ann Example · Water works · analyst")
	b.is("scripts cannot read the session", `document.cookie === ""`)

	b.do(chromedp.Click(chromedp.Search(`//a[text()="Ann Example"]`)))
	b.await("h1", "Your account")
	b.await("li", "with passkey")
	b.press("Remove")
	b.await("p", "It is the last way to sign in: add another first.")
	const password = "plum kettle orbit seven"
	b.do(chromedp.SendKeys(chromedp.CSS("#password"), password), chromedp.SendKeys(chromedp.CSS("#again"), password))
	b.press("Set it")
	b.await("button", "Change it")
	b.quietBut("an account", "409")
	b.do(chromedp.Clear(chromedp.CSS("#label")), chromedp.SendKeys(chromedp.CSS("#label"), "Second key"))
	b.press("Add a passkey")
	b.await("p", "This device has a passkey for you here already")
	b.press("Remove")
	b.await("h1", "Sign in") // the session began with the passkey that is gone
	b.do(chromedp.SendKeys(chromedp.CSS("#email"), "ann@water.example"), chromedp.SendKeys(chromedp.CSS("#password"), password+"\r"))
	b.await("span", "Ann Example · Water works · analyst")
	b.quiet("with the password")
}

// Without its user's finger or number an authenticator lets nobody in.
func TestAPasskeyWithoutItsUser(t *testing.T) {
	h := startHub(t, "")
	partner, _ := h.partner("Water works", "water", "NZ", "viewer")
	b := openBrowser(t, h.named())
	command(b, webauthn.Enable, webauthn.EnableParams{})
	command(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportUsb, HasResidentKey: true, HasUserVerification: true, AutomaticPresenceSimulation: true,
	}})
	b.open("/enrol#" + h.invite(partner, "Ann Example", "ann@water.example", "analyst"))
	b.press("Join with a passkey")
	b.await("p", "No passkey was chosen, or it took too long.")
	b.quiet("joining without verification")
}

// The pages of people at the door in the dark, on a telephone and without
// JavaScript, at an address that has no passkeys.
func TestTheDoorInABrowser(t *testing.T) {
	h := startHub(t, "")
	partner, _ := h.partner("Water works", "water", "NZ", "viewer")
	b := openBrowser(t, h.URL())
	for _, path := range []string{"/sign-in", "/enrol", "/claim"} {
		b.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
		b.open(path)
		b.is(path+" on a telephone", `document.documentElement.scrollWidth <= 390`)
		b.is(path, `document.querySelectorAll("h1").length === 1`)
		b.is(path+": every field has a label", `[...document.querySelectorAll("input:not([type=hidden])")].every((i) => i.labels.length === 1)`)
	}
	b.open("/sign-in")
	b.await("p", "Passkeys belong to the hub's name")
	b.do(chromedp.EmulateReset())
	b.quiet("the door")
	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.open("/enrol")
	const password = "plum kettle orbit seven"
	b.do(chromedp.SendKeys(chromedp.CSS("#secret"), h.invite(partner, "Ann Example", "ann@water.example", "analyst")),
		chromedp.SendKeys(chromedp.CSS("#password"), password), chromedp.SendKeys(chromedp.CSS("#again"), password+"\r"))
	b.await("span", "Ann Example · Water works · analyst")
	b.open("/account")
	b.await("h1", "Your account")
	b.quiet("the door without JavaScript")
}
