package web

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// What net/http refuses by itself goes out in the door's words; if another
// version of Go writes other answers, this is where it shows.
func TestWhatCanNotBeReadIsAnsweredInWords(t *testing.T) {
	address, stop := start(t, Config{MaxHeader: 8 << 10}, echo)
	for _, c := range []struct {
		request string
		status  int
		says    string
	}{
		{"GET /fhir/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400, "%25"},
		{"GET /fhir/x HTTP/1.1\r\n\r\n", 400, "headers"},
		{"GET /fhir/x HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("a", 20000) + "\r\n\r\n", 431, "8 kB"},
		{"POST /fhir/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: tea\r\n\r\n", 501, "chunks"},
		{"GET /fhir/x HTTP/7.0\r\nHost: x\r\n\r\n", 505, "HTTP/1.1"},
		{"POST /fhir/x HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n", 417, "100-continue"},
		{"POST /fhir/x HTTP/1.0\r\nHost: x\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n", 417, "100-continue"},
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, c.request); err != nil {
			t.Error(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%.40q: %v", c.request, err)
			continue
		}
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != c.status || !strings.Contains(string(text), c.says) || !resp.Close ||
			resp.Header.Get("Content-Type") != "application/json" || !strings.Contains(string(text), resp.Header.Get("X-Request-Id")) {
			t.Errorf("%.40q: %v %d %v %s", c.request, err, resp.StatusCode, resp.Header, text)
		}
		if rest, err := io.ReadAll(conn); err != nil || len(rest) > 0 {
			t.Errorf("%.40q: behind the answer come %q, %v", c.request, rest, err)
		}
		_ = conn.Close()
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// Over TLS net/http's own answer stays: short, and a refusal all the same.
func TestWhatCanNotBeReadOverTLS(t *testing.T) {
	dir := t.TempDir()
	cert := writePair(t, dir, 1)
	address, stop := start(t, Config{TLSCert: filepath.Join(dir, "cert.pem"), TLSKey: filepath.Join(dir, "key.pem")}, echo)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: pool})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET /fhir/%zz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Error(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != 400 {
		t.Errorf("%v %v", resp, err)
	}
	_ = conn.Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// Only net/http's own refusals are taken for one.
func TestOurAnswersAreLeftAlone(t *testing.T) {
	for text, want := range map[string]int{
		"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request": 400,
		"HTTP/1.1 417 Expectation Failed\r\nConnection: close\r\nDate: x\r\n\r\n":                                         417,
		"HTTP/1.1 400 Bad Request\r\nCache-Control: no-store\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n":          0,
		"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n":                         0,
		"HTTP/1.1 4":   0,
		"HTTP/1.1 4xx": 0,
		"\x17\x03\x03": 0,
		"":             0,
	} {
		if got, yes := unread([]byte(text)); yes != (want > 0) || yes && got != want {
			t.Errorf("%q is %d, %v", text, got, yes)
		}
	}
}

func TestAPathThatIsNotCleanIsTheDoorsToAnswer(t *testing.T) {
	h := open(t, Config{}, func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.WriteString(w, "door "+r.URL.Path)
		return err
	})
	for path, want := range map[string]string{
		"/fhir//x": "door /fhir//x", "/fhir/a/../b": "door /fhir/a/../b", "/fhir/./a": "door /fhir/./a",
		"//fhir/x": "nothing at this address", "/other//x": "nothing at this address",
	} {
		r, err := http.NewRequest("GET", h.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Opaque = path
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %d %s %v", path, resp.StatusCode, text, err)
		}
	}
}
