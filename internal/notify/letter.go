package notify

import (
	"bytes"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
)

// letter is a message as mail (RFC 5322). Its Message-ID is the same at each
// try, so that a second copy can be known for one (section 3.6.4).
func (r *Relay) letter(m Message) []byte {
	var b bytes.Buffer
	head := func(name, value string) { b.WriteString(name + ": " + value + "\r\n") }
	_, domain, _ := strings.Cut(r.from.Address, "@")
	head("Date", m.At.UTC().Format(time.RFC1123Z))
	head("From", r.from.String())
	head("To", (&mail.Address{Address: m.Address}).String())
	head("Message-ID", "<"+m.ID+"@"+domain+">")
	head("Subject", mime.QEncoding.Encode("utf-8", r.cfg.House.Subject(m)))
	head("Auto-Submitted", "auto-generated") // RFC 3834: nothing answers by itself
	head("MIME-Version", "1.0")
	head("Content-Type", "text/plain; charset=utf-8")
	head("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	_, _ = q.Write([]byte(strings.ReplaceAll(r.cfg.House.Text(m), "\n", "\r\n"))) // a buffer takes everything
	_ = q.Close()
	return b.Bytes()
}
