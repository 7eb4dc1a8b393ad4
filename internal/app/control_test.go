package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/problem"
)

func TestTheSocketObeysOrdersOnly(t *testing.T) {
	dir := t.TempDir()
	l, err := listenControl(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { serveControl(ctx, l, &house{}, slog.New(slog.DiscardHandler)); close(done) }()
	send := func(line string) string {
		c, err := net.Dial("unix", filepath.Join(dir, socketFile))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, line); err != nil {
			t.Fatal(err)
		}
		if err := c.(*net.UnixConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(c)
		return string(answer)
	}
	for _, line := range []string{"", "\n", "hello\n", "{}", `{"name":`, "GET / HTTP/1.1\r\n\r\n"} {
		if got := send(line); got != "" {
			t.Errorf("%q is answered %q", line, got)
		}
	}
	for _, line := range []string{
		`{"name":"fly","by":"console:x","args":{}}`, `{"name":"serve","by":"console:x","args":{}}`,
		`{"name":"token","by":"","args":{}}`, `{"name":"token","by":"token:x","args":{}}`, `{"name":"token","by":"console:x","args":[]}`,
	} {
		if got := send(line + "\n"); !strings.Contains(got, `"sentence"`) {
			t.Errorf("%q is answered %q", line, got)
		}
	}
	cancel()
	<-done
	if served, _ := askServer(t.Context(), dir, "token", &tokenCommand{}, quiet{io.Discard}); served {
		t.Error("a socket that nobody listens on counts as a server")
	}
}

func TestAnErrorKeepsItsMeaningOnTheWay(t *testing.T) {
	for _, err := range []error{
		nil, problem.Wrap(problem.Conflict, "Stop.", errors.New("cause")), partly{problem.New(problem.Unprocessable, "Part.")}, errors.New("plain"),
	} {
		var b strings.Builder
		w := &wire{enc: json.NewEncoder(&b)}
		w.end(err)
		var e event
		if jerr := json.Unmarshal([]byte(b.String()), &e); jerr != nil {
			t.Fatal(jerr)
		}
		got := e.End.err()
		var part partly
		if (got == nil) != (err == nil) || got != nil && (problem.KindOf(got) != problem.KindOf(err) || problem.Sentence(got) != problem.Sentence(err) || errors.As(got, &part) != errors.As(err, &part)) {
			t.Errorf("%v became %v", err, got)
		}
	}
}
