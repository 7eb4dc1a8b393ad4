package notify

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// letterBox is a mail server on loopback (RFC 5321, 3207 and 4954) that can
// fail at any step.
type letterBox struct {
	l        net.Listener
	tls      *tls.Config
	roots    *x509.CertPool
	starts   bool // offers STARTTLS
	implicit bool

	mu    sync.Mutex
	fault map[string]string // step → answer; "" goes away
	got   []letter
	auth  []string // what was sent with AUTH, and whether under TLS
	dials int
}

type letter struct {
	from, to, body string
	safe           bool
}

func mailServer(t *testing.T, starts, implicit bool) *letterBox {
	t.Helper()
	certs := httptest.NewTLSServer(nil)
	t.Cleanup(certs.Close)
	roots := x509.NewCertPool()
	roots.AddCert(certs.Certificate())
	b := &letterBox{tls: &tls.Config{Certificates: certs.TLS.Certificates}, roots: roots, starts: starts, implicit: implicit, fault: map[string]string{}}
	var err error
	if b.l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.l.Close() })
	go func() {
		for {
			c, err := b.l.Accept()
			if err != nil {
				return
			}
			b.mu.Lock()
			b.dials++
			b.mu.Unlock()
			go b.serve(c)
		}
	}()
	return b
}

func (b *letterBox) url() string {
	if b.implicit {
		return "smtps://" + b.l.Addr().String()
	}
	return "smtp://" + b.l.Addr().String()
}

func (b *letterBox) breakAt(step, answer string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault = map[string]string{}
	if step != "" {
		b.fault[step] = answer
	}
}

func (b *letterBox) letters() []letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]letter(nil), b.got...)
}

func (b *letterBox) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	safe := b.implicit
	if safe {
		c = tls.Server(c, b.tls)
	}
	r := bufio.NewReader(c)
	say := func(step, answer string) bool {
		b.mu.Lock()
		other, ok := b.fault[step]
		b.mu.Unlock()
		if ok {
			answer = other
		}
		if answer == "" {
			return false
		}
		fmt.Fprintf(c, "%s\r\n", answer)
		return true
	}
	if !say("greeting", "220 here") {
		return
	}
	var now letter
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		ok := true
		switch strings.ToUpper(verb) {
		case "EHLO":
			ext := ""
			if b.starts && !safe {
				ext = "250-STARTTLS\r\n"
			}
			ok = say("EHLO", "250-here\r\n"+ext+"250 AUTH PLAIN")
		case "STARTTLS":
			if ok = say("STARTTLS", "220 go"); ok {
				tc := tls.Server(c, b.tls)
				if tc.Handshake() != nil {
					return
				}
				c, safe = tc, true
				r = bufio.NewReader(c)
			}
		case "AUTH":
			b.mu.Lock()
			b.auth = append(b.auth, fmt.Sprint(rest, " safe ", safe))
			b.mu.Unlock()
			ok = say("AUTH", "235 yes")
		case "MAIL":
			now = letter{from: rest, safe: safe}
			ok = say("MAIL", "250 ok")
		case "RCPT":
			now.to = rest
			ok = say("RCPT", "250 ok")
		case "DATA":
			if ok = say("DATA", "354 go on"); !ok {
				return
			}
			var body strings.Builder
			for {
				l, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				body.WriteString(strings.TrimPrefix(l, "."))
			}
			now.body = body.String()
			b.mu.Lock()
			_, fails := b.fault["taken"] // before the message is ours; "answer" is after
			if !fails {
				b.got = append(b.got, now)
			}
			b.mu.Unlock()
			if ok = !fails && say("answer", "250 mine"); fails {
				ok = say("taken", "")
			}
		case "QUIT":
			say("QUIT", "221 bye")
			return
		default:
			ok = say(verb, "500 what")
		}
		if !ok {
			return
		}
	}
}

var house = House{Service: "Bevan", Site: "https://bevan.example"}

func relay(t *testing.T, b *letterBox, user, password string) *Relay {
	t.Helper()
	r, err := NewRelay(RelayConfig{URL: b.url(), From: "Bevan <bevan@example.org>", User: user, Password: password, House: house, Roots: b.roots})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func news(k Kind, code string) Message {
	return Message{Medium: Email, Address: "ann@example.org", Kind: k, Code: code, At: time.Unix(1_700_000_000, 0).UTC(), ID: "ABC123"}
}

func TestALetterArrives(t *testing.T) {
	for name, b := range map[string]*letterBox{"STARTTLS": mailServer(t, true, false), "TLS": mailServer(t, false, true), "this machine": mailServer(t, false, false)} {
		t.Run(name, func(t *testing.T) {
			user, password := "bevan", "open sesame"
			if name == "this machine" {
				user, password = "", ""
			}
			if err := relay(t, b, user, password).Send(t.Context(), news(ConfirmAddress, "424242")); err != nil {
				t.Fatal(err)
			}
			got := b.letters()
			if len(got) != 1 || got[0].safe == (name == "this machine") || !strings.HasPrefix(got[0].from, "FROM:<bevan@example.org>") || got[0].to != "TO:<ann@example.org>" {
				t.Fatalf("%+v", got)
			}
			m, err := mail.ReadMessage(strings.NewReader(got[0].body))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
			if err != nil {
				t.Fatal(err)
			}
			h := m.Header
			if h.Get("Message-Id") != "<ABC123@example.org>" || h.Get("To") != "<ann@example.org>" || h.Get("Auto-Submitted") != "auto-generated" {
				t.Errorf("%v", h)
			}
			if !strings.Contains(string(text), "424242") || !strings.Contains(string(text), "https://bevan.example") || strings.Contains(h.Get("Subject"), "424242") {
				t.Errorf("%s: %s", h.Get("Subject"), text)
			}
			for _, a := range b.auth {
				if !strings.HasSuffix(a, "safe true") {
					t.Error("a password in the clear")
				}
			}
			if (len(b.auth) == 1) != (user != "") {
				t.Errorf("%d passwords", len(b.auth))
			}
		})
	}
}

// A server that can not be held to its name, or that talks in the clear to
// somewhere else, gets nothing.
func TestNothingIsSaidInTheClear(t *testing.T) {
	stranger := mailServer(t, true, false)
	stranger.roots = x509.NewCertPool()
	old := mailServer(t, false, false)
	far := relay(t, old, "bevan", "open sesame")
	if err := far.Send(t.Context(), news(PasskeyAdded, "")); err == nil || strings.Contains(err.Error(), "sesame") {
		t.Error("a password without TLS:", err)
	}
	far = relay(t, old, "", "")
	far.here = false // as if it were another machine
	if err := far.Send(t.Context(), news(PasskeyAdded, "")); err == nil {
		t.Error("a message without TLS")
	}
	if err := relay(t, stranger, "bevan", "open sesame").Send(t.Context(), news(PasskeyAdded, "")); err == nil {
		t.Error("a server that nobody vouches for")
	}
	if n := len(old.letters()) + len(stranger.letters()) + len(old.auth) + len(stranger.auth); n != 0 {
		t.Errorf("%d things were said", n)
	}
}

// Whatever fails, the message stays and arrives in the end, and no error holds
// the address or what the server said.
func TestARelayFailsAtEachStep(t *testing.T) {
	b := mailServer(t, true, false)
	r := relay(t, b, "bevan", "open sesame")
	for _, step := range []string{"greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "taken", "answer"} {
		for _, answer := range []string{"", "451 ann@example.org later", "550 ann@example.org no", "nonsense ann@example.org"} {
			before := len(b.letters())
			b.breakAt(step, answer)
			err := r.Send(t.Context(), news(RecoveryUsed, ""))
			if step == "EHLO" && err == nil { // HELO is tried next, and without EHLO there is no TLS
				t.Errorf("%s %q: sent", step, answer)
			}
			if err == nil {
				t.Errorf("%s %q: no error", step, answer)
				continue
			}
			if errors.Is(err, errRefused) != (step == "RCPT" && strings.HasPrefix(answer, "55")) {
				t.Errorf("%s %q: %v", step, answer, err)
			}
			if strings.Contains(err.Error(), "ann@") || strings.Contains(err.Error(), "sesame") {
				t.Errorf("%s %q: the error says %v", step, answer, err)
			}
			if got := len(b.letters()) - before; got != 0 && step != "answer" {
				t.Errorf("%s %q: %d letters", step, answer, got)
			}
		}
	}
	b.breakAt("QUIT", "")
	if err := r.Send(t.Context(), news(RecoveryUsed, "")); err != nil {
		t.Error("the message was taken, and the goodbye does not matter:", err)
	}
	b.breakAt("greeting", "220 "+strings.Repeat("x", 2*maxAnswers))
	if err := r.Send(t.Context(), news(RecoveryUsed, "")); err == nil {
		t.Error("an endless answer")
	}
	_ = b.l.Close()
	if err := r.Send(t.Context(), news(RecoveryUsed, "")); err == nil {
		t.Error("nobody is there")
	}
}

func TestARelayThatHangsIsLeft(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r, err := NewRelay(RelayConfig{URL: "smtp://" + l.Addr().String(), From: "bevan@example.org", House: house})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		c, err := l.Accept() // and say nothing
		if err == nil {
			defer c.Close()
		}
		stop()
		<-t.Context().Done()
	}()
	if err := r.Send(ctx, news(RecoveryUsed, "")); err == nil {
		t.Error("sent")
	}
}

func TestARelayIsConfiguredRight(t *testing.T) {
	good := RelayConfig{URL: "smtps://mail.example", From: "bevan@example.org"}
	for name, change := range map[string]func(*RelayConfig){
		"no URL":          func(c *RelayConfig) { c.URL = "" },
		"another scheme":  func(c *RelayConfig) { c.URL = "http://mail.example" },
		"a password":      func(c *RelayConfig) { c.URL = "smtp://a:secret@mail.example" },
		"a path":          func(c *RelayConfig) { c.URL = "smtp://mail.example/secret" },
		"nobody":          func(c *RelayConfig) { c.From = "" },
		"two lines":       func(c *RelayConfig) { c.From = "bevan@example.org\r\nBcc: secret@example.org" },
		"half a password": func(c *RelayConfig) { c.User = "bevan" },
	} {
		c := good
		change(&c)
		if _, err := NewRelay(c); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, err := NewRelay(good)
	if err != nil || r.at != "mail.example:465" {
		t.Error(r, err)
	}
	m := news(PasskeyAdded, "")
	m.Address = "ann@example.org>\r\nRCPT TO:<bob@example.org"
	if err := r.Send(t.Context(), m); !errors.Is(err, errRefused) {
		t.Error("an address of two lines:", err)
	}
}
