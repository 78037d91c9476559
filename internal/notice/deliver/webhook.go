package deliver

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// webhook sends as the Standard Webhooks specification has it: the id is the
// delivery's, the same at every attempt, and the signature is over the id, the time
// of the attempt and the body.
type webhook struct{ *poster }

func (w webhook) send(ctx context.Context, p Parcel) error {
	key, err := webhookKey(p.Secret)
	if err != nil {
		return unsendable(nil, "the channel's secret cannot be read: set another")
	}
	at := strconv.FormatInt(w.clock().Unix(), 10)
	return w.poster.send(ctx, http.MethodPost, p.Target, http.Header{
		"Webhook-Id": {p.Key}, "Webhook-Timestamp": {at}, "Webhook-Signature": {sign(key, p.Key, at, p.Data)},
	}, p.Data)
}

const secretPrefix = "whsec_"

// webhookKey reads a webhook's secret: "whsec_" and base64 of 24 to 64 bytes
// (Standard Webhooks, Signature scheme).
func webhookKey(secret string) ([]byte, error) {
	text, ok := strings.CutPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, fmt.Errorf("secret: use %q and base64 of 24 to 64 random bytes", secretPrefix)
	}
	return key, nil
}

// sign is "v1," and base64 of the HMAC-SHA256 of "id.timestamp.payload" (Standard
// Webhooks, Signature scheme).
func sign(key []byte, id, timestamp string, payload []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id + "." + timestamp + "."))
	h.Write(payload)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}
