package notify

import (
	"strings"
	"time"
)

// House is what a message says of the service that sends it.
type House struct {
	// Service is its name, and Site where people reach its pages.
	Service, Site string
	// Zone is the time zone in which times are told; nil is UTC.
	Zone *time.Location
}

// Subject is the line above a message. It holds no code: telephones show it
// while they are locked.
func (h House) Subject(m Message) string { return h.Service + ": " + m.Kind.Subject() }

// Text is all that a message says, in lines of their own: what happened, when,
// what to do next. It names the site without a link into it, since people are
// told never to follow one in a message like this.
func (h House) Text(m Message) string {
	zone := h.Zone
	if zone == nil {
		zone = time.UTC
	}
	var b strings.Builder
	b.WriteString(m.Kind.Sentence() + "\n\n")
	if m.Code != "" {
		b.WriteString("Your code: " + m.Code + "\nIt is good for 15 minutes. Nobody who works here will ask you for it.\n\n")
	}
	b.WriteString("When: " + m.At.In(zone).Format("2 January 2006, 15:04 MST") + "\n")
	b.WriteString("From: " + h.Service + ", " + h.Site + "\n\n")
	b.WriteString("Go to the service as you always do. We never send a link to sign in with. Nobody reads answers to this message.\n")
	return b.String()
}
