package web

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// start runs a server on a port of its own and says where; stop ends it and
// gives what Run returned.
func start(t *testing.T, c Config, h Handler) (address string, stop func() error) {
	t.Helper()
	c.Listen = "127.0.0.1:0"
	c.Log = slog.New(slog.DiscardHandler)
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	s.Mount("/fhir/", h, nil)
	ctx, cancel := context.WithCancel(t.Context())
	l, err := s.Listen(ctx)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, l) }()
	return l.Addr().String(), func() error { cancel(); return <-done }
}

func TestStoppingLetsRequestsEnd(t *testing.T) {
	inside, leave := make(chan struct{}), make(chan struct{})
	address, stop := start(t, Config{}, func(w http.ResponseWriter, _ *http.Request) error {
		close(inside)
		<-leave
		_, err := io.WriteString(w, "whole")
		return err
	})
	got := make(chan string)
	go func() {
		resp, err := http.Get("http://" + address + "/fhir/x")
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		got <- string(text)
	}()
	<-inside
	stopped := make(chan error)
	go func() { stopped <- stop() }()
	// Nobody new gets in while the last one is still answered.
	for {
		c, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		c.Close()
	}
	close(leave)
	if text := <-got; text != "whole" {
		t.Errorf("the request that was running got %q", text)
	}
	if err := <-stopped; err != nil {
		t.Errorf("a clean stop gives %v", err)
	}
}

func TestStoppingCutsWhatDoesNotEnd(t *testing.T) {
	inside := make(chan struct{})
	address, stop := start(t, Config{Drain: 10 * time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) error {
		close(inside)
		<-r.Context().Done()
		return r.Context().Err()
	})
	go func() {
		if resp, err := http.Get("http://" + address + "/fhir/x"); err == nil {
			resp.Body.Close()
		}
	}()
	<-inside
	if err := stop(); problem.KindOf(err) != problem.Timeout {
		t.Errorf("a request that does not end gives %v", err)
	}
}

func TestAnAddressInUseIsSaidPlainly(t *testing.T) {
	address, stop := start(t, Config{}, echo)
	_, err := listen(t.Context(), address)
	if s := problem.Sentence(err); !strings.Contains(s, "Another program") || !strings.Contains(s, "--listen") {
		t.Errorf("%q", s)
	}
	_, err = listen(t.Context(), "no such address")
	if s := problem.Sentence(err); !strings.Contains(s, "host:port") {
		t.Errorf("%q", s)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, err := New(Config{TLSCert: "a.pem"}); problem.KindOf(err) != problem.Invalid {
		t.Errorf("a certificate without a key gives %v", err)
	}
}

// endless is a listener to which somebody always wants to connect.
type endless struct{ closed chan struct{} }

func (e endless) Accept() (net.Conn, error) {
	select {
	case <-e.closed:
		return nil, net.ErrClosed
	default:
	}
	c, _ := net.Pipe()
	return c, nil
}

func (e endless) Close() error { close(e.closed); return nil }

func (endless) Addr() net.Addr { return &net.TCPAddr{} }

func TestConnectionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limitConns(endless{make(chan struct{})}, 1)
		accepted := make(chan net.Conn, 8)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					close(accepted)
					return
				}
				accepted <- c
			}
		}()
		first := <-accepted
		synctest.Wait() // everybody waits now for something that does not come
		if len(accepted) != 0 {
			t.Error("a second connection was accepted while the first is open")
		}
		first.Close()
		first.Close() // twice gives the room back once
		synctest.Wait()
		if len(accepted) != 1 {
			t.Fatalf("%d connections were accepted when the first closed", len(accepted))
		}
		l.Close()
		synctest.Wait()
		<-accepted
		if _, more := <-accepted; more {
			t.Error("a closed listener accepts")
		}
	})
}

// writePair writes a certificate of its own for 127.0.0.1 and gives it.
func writePair(t *testing.T, dir string, serial int64) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Unix(1_700_000_000+serial, 0) // a coarse clock must not hide the change
		if err := os.Chtimes(p, at, at); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestTLSFilesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	writePair(t, dir, 1)
	log := &lockedBuffer{}
	config, err := tlsConfig(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	c := &certificate{certFile: filepath.Join(dir, "cert.pem"), keyFile: filepath.Join(dir, "key.pem"), log: slog.New(slog.NewTextHandler(log, nil))}
	if err := c.load(); err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		c.looked = time.Time{} // as if a second had passed
		pair, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(pair.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return cert.SerialNumber.Int64()
	}
	if got := serial(); got != 1 {
		t.Errorf("serves %d", got)
	}
	writePair(t, dir, 2)
	if got := serial(); got != 2 {
		t.Errorf("after a renewal serves %d", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "key.pem"), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 2 || !strings.Contains(log.String(), "the old certificate stays") {
		t.Errorf("after a broken renewal serves %d; log %s", got, log)
	}
	if config.MinVersion < tls.VersionTLS12 {
		t.Error("serves TLS that is too old")
	}
	if _, err := tlsConfig(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), slog.Default()); problem.KindOf(err) != problem.Invalid {
		t.Errorf("a server starts with a broken key: %v", err)
	}
}

func TestTLSIsServed(t *testing.T) {
	dir := t.TempDir()
	cert := writePair(t, dir, 1)
	address, stop := start(t, Config{TLSCert: filepath.Join(dir, "cert.pem"), TLSKey: filepath.Join(dir, "key.pem")}, echo)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	resp, err := client.Post("https://"+address+"/fhir/x", "x/y", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if string(text) != "5" || resp.ProtoMajor != 2 {
		t.Errorf("HTTP/%d %s", resp.ProtoMajor, text)
	}
	client.CloseIdleConnections()
	if err := stop(); err != nil {
		t.Error(err)
	}
}
