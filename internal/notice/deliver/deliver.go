// Package deliver sends notices on their way: by mail, webhook and chat, and as
// signed files where there is no network. What became of each is an entry of the
// ledger.
//
// A delivery is at least once: it is repeated until the receiver has taken it, and
// a hub that ends between the receiver's word and the entry about it sends it once
// more, under the same id (the Message-ID of a mail, the webhook-id of a webhook,
// the transaction of a Matrix event), by which receivers know it. Of one delivery
// there is one attempt at a time, and of one channel, too, so that its deliveries
// come in their order.
package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// Parcel is one delivery, ready to be sent.
type Parcel struct {
	Key     string // the same at every attempt
	Partner access.PartnerID
	Target  string // whereto, as Config.Check lets it pass
	Room    string // of Matrix
	Secret  string // the key of a webhook's signature, or a Matrix access token

	Subject string // one line
	Text    string // plain text
	Data    []byte // JSON: what a webhook sends
	At      time.Time
}

// sender is one way out. An error is a *refusal.
type sender interface {
	send(ctx context.Context, p Parcel) error
}

// refusal is an attempt after which the delivery has not arrived for all one knows.
type refusal struct {
	notice.Failure
	cause error // for the operator's log
}

func (r *refusal) Error() string { return r.Why }

func (r *refusal) Unwrap() error { return r.cause }

// failed is a failure worth another attempt.
func failed(cause error, format string, args ...any) *refusal {
	return &refusal{notice.Failure{Why: fmt.Sprintf(format, args...)}, cause}
}

// unsendable is one that is not.
func unsendable(cause error, why string) *refusal {
	return &refusal{notice.Failure{Why: why, Final: true}, cause}
}

// failure reads a sender's error.
func failure(err error) notice.Failure {
	var r *refusal
	if !errors.As(err, &r) {
		return notice.Failure{Why: "it could not be sent"}
	}
	return r.Failure
}
