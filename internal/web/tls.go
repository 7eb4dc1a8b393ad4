package web

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// certificate is a certificate that is read again when its files change, so
// that a renewal needs no restart. Files that can not be used leave the old
// one in place, and a line in the log.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu     sync.Mutex
	looked time.Time // when the files were last looked at
	stamp  [2]stamp
	now    *tls.Certificate
}

// stamp is how a change of a file is seen.
type stamp struct {
	at   time.Time
	size int64
}

// lookEvery is how often handshakes look at the files: often enough for a
// renewal, and cheap when there are many.
const lookEvery = time.Second

// tlsConfig serves the certificate in the files, TLS 1.2 or later.
func tlsConfig(certFile, keyFile string, log *slog.Logger) (*tls.Config, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	if err := c.load(); err != nil {
		return nil, problem.Wrap(problem.Invalid, "The TLS files can not be used. Check that "+certFile+" holds the certificate chain and "+keyFile+" its key, both in PEM.", err)
	}
	c.looked = time.Now()
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}, nil
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.looked) >= lookEvery {
		c.looked = now
		c.look()
	}
	return c.now, nil
}

// look loads the files again if they changed. The caller holds the lock.
func (c *certificate) look() {
	s, err := c.stamps()
	if err == nil && s == c.stamp {
		return
	}
	if err == nil {
		err = c.load()
	}
	if err != nil {
		c.log.Warn("the TLS files changed and can not be used; the old certificate stays", "cause", err)
		return
	}
	c.log.Info("the TLS certificate was read again")
}

func (c *certificate) stamps() (s [2]stamp, err error) {
	for i, f := range [...]string{c.certFile, c.keyFile} {
		fi, err := os.Stat(f)
		if err != nil {
			return s, err
		}
		s[i] = stamp{fi.ModTime(), fi.Size()}
	}
	return s, nil
}

func (c *certificate) load() error {
	s, err := c.stamps() // before reading: a change meanwhile is seen next time
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.now, c.stamp = &pair, s
	return nil
}
