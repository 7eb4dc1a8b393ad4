package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// RelayConfig names the server that takes our mail.
type RelayConfig struct {
	// URL is smtps://host:port, or smtp://host:port for a server that begins
	// without TLS and is then asked for it (RFC 3207). Only on this machine may
	// it go without.
	URL string
	// From is the address that messages come from.
	From string
	// User and Password are for a server that asks for them; both or none. They
	// are sent under TLS only.
	User, Password string
	House          House
	// Roots are who may vouch for the server; nil is who the machine trusts.
	Roots *x509.CertPool
}

// Relay sends messages by mail, through a server of the operator's (RFC 5321).
// It reaches nothing else: names of recipients are not looked up.
type Relay struct {
	cfg      RelayConfig
	host, at string
	implicit bool // TLS from the first byte
	here     bool // the server is on this machine
	from     *mail.Address
}

const (
	// session bounds one conversation with the server, well within the lease.
	session = 45 * time.Second
	// maxAnswers bounds the bytes that a server may say in one conversation.
	maxAnswers = 256 << 10
)

// NewRelay checks the configuration. It connects to nothing.
func NewRelay(c RelayConfig) (*Relay, error) {
	bad := func(sentence string) (*Relay, error) { return nil, problem.New(problem.Invalid, sentence) }
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return bad("The mail relay is written smtps://host:port or smtp://host:port, without a password in it. Mend --mail-relay.")
	}
	from, err := mail.ParseAddress(c.From)
	if err != nil || !strings.Contains(from.Address, "@") {
		return bad("Mail needs an address that it comes from, such as bevan@example.org. Give it with --mail-from.")
	}
	if (c.User == "") != (c.Password == "") {
		return bad("The mail relay's file of credentials has the name on its first line and the password on its second. Mend the file.")
	}
	r := &Relay{cfg: c, host: u.Hostname(), implicit: u.Scheme == "smtps", here: onThisMachine(u.Hostname()), from: from}
	port := u.Port()
	if port == "" {
		if port = "587"; r.implicit {
			port = "465"
		}
	}
	r.at = net.JoinHostPort(r.host, port)
	return r, nil
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send hands one message to the server, which answers for it from then on. The
// errors hold no address and nothing that the server said but its codes.
func (r *Relay) Send(ctx context.Context, m Message) error {
	if m.Medium != Email || m.ID == "" || strings.ContainsAny(m.Address, "\r\n<>") {
		return Refused(errors.New("notify: not a message that goes by mail"))
	}
	ctx, stop := context.WithTimeout(ctx, session)
	defer stop()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", r.at)
	if err != nil {
		return fmt.Errorf("notify: the mail relay does not answer: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	var wire net.Conn = &brief{Conn: conn, left: maxAnswers}
	if r.implicit {
		wire = tls.Client(wire, r.tls())
	}
	c, err := smtp.NewClient(wire, r.host)
	if err != nil {
		return said("the greeting", err)
	}
	if err := r.hello(c); err != nil {
		return err
	}
	return r.hand(c, m)
}

func (r *Relay) tls() *tls.Config {
	return &tls.Config{ServerName: r.host, RootCAs: r.cfg.Roots, MinVersion: tls.VersionTLS12}
}

// hello brings the conversation to where a message can be handed over.
func (r *Relay) hello(c *smtp.Client) error {
	_, domain, _ := strings.Cut(r.from.Address, "@")
	if err := c.Hello(domain); err != nil {
		return said("EHLO", err)
	}
	safe := r.implicit
	if offered, _ := c.Extension("STARTTLS"); offered && !r.implicit {
		if err := c.StartTLS(r.tls()); err != nil {
			return said("STARTTLS", err)
		}
		safe = true
	}
	if !safe && !r.here {
		return errors.New("notify: the mail relay offers no TLS, so nothing was sent to it")
	}
	if r.cfg.User == "" {
		return nil
	}
	if !safe {
		return errors.New("notify: the mail relay offers no TLS, so the password was not sent to it")
	}
	if err := c.Auth(smtp.PlainAuth("", r.cfg.User, r.cfg.Password, r.host)); err != nil {
		return said("AUTH", err)
	}
	return nil
}

// hand hands the message over. Only a refusal of the recipient is for good: all
// others may be mended on the server's side, or on the operator's.
func (r *Relay) hand(c *smtp.Client, m Message) error {
	if err := c.Mail(r.from.Address); err != nil {
		return said("MAIL", err)
	}
	if err := c.Rcpt(m.Address); err != nil {
		err, code := said("RCPT", err), codeOf(err)
		if code >= 550 && code <= 559 { // RFC 5321 section 4.2.2: mailbox, not sequence or policy of access
			return Refused(err)
		}
		return err
	}
	w, err := c.Data()
	if err != nil {
		return said("DATA", err)
	}
	if _, err := w.Write(r.letter(m)); err != nil {
		return said("the message", err)
	}
	if err := w.Close(); err != nil {
		return said("the end of the message", err)
	}
	_ = c.Quit() // the message is theirs
	return nil
}

func codeOf(err error) int {
	var t *textproto.Error
	if errors.As(err, &t) {
		return t.Code
	}
	return 0
}

// said is an error without the words of the server, which may quote the
// address.
func said(step string, err error) error {
	if code := codeOf(err); code != 0 {
		return fmt.Errorf("notify: the mail relay answered %d to %s", code, step)
	}
	var p textproto.ProtocolError
	if errors.As(err, &p) {
		return fmt.Errorf("notify: the mail relay's answer to %s is not SMTP", step)
	}
	return fmt.Errorf("notify: the mail relay went away at %s: %w", step, err)
}

// brief bounds what is read from a connection.
type brief struct {
	net.Conn
	left int
}

var errLong = errors.New("notify: the mail relay says too much")

// Read fails once the bound is reached.
func (b *brief) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
