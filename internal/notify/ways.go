package notify

import (
	"context"
	"errors"
)

// Ways is a Sender that takes each message by the way of its medium.
type Ways map[Medium]Sender

// Send hands the message to its way. Where there is none it waits: the operator
// may set one up while it does.
func (w Ways) Send(ctx context.Context, m Message) error {
	way := w[m.Medium]
	if way == nil {
		return errors.New("notify: there is no way for this medium")
	}
	return way.Send(ctx, m)
}

// Has says whether messages by this medium go out.
func (w Ways) Has(m Medium) bool { return w[m] != nil }
