package dbtest

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
)

// Turns makes a new schema on the PostgreSQL server and returns a URL that leads into it by way of a
// counter, and the counter: how often the server has said that it is ready for the next question, which
// is once for each round trip. Without a server it skips the test.
func Turns(t testing.TB) (to string, turns func() int64) {
	t.Helper()
	u, err := url.Parse(Schema(t))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	count := &atomic.Int64{}
	go relay(l, u.Host, count)
	u.Host = l.Addr().String()
	return u.String(), count.Load
}

// relay carries connections until the listener is closed.
func relay(l net.Listener, to string, count *atomic.Int64) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", to)
		if err != nil {
			_ = in.Close()
			continue
		}
		go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		go func() { relayAnswers(in, out, count); _ = in.Close() }()
	}
}

// relayAnswers carries the server's messages, each a letter and the length of the rest, and counts those
// that end a round trip.
func relayAnswers(to io.Writer, from io.Reader, count *atomic.Int64) {
	head := make([]byte, 5)
	for {
		if _, err := io.ReadFull(from, head); err != nil {
			return
		}
		if head[0] == 'Z' {
			count.Add(1) // before it arrives, so that whoever waited for it finds it counted
		}
		if _, err := to.Write(head); err != nil {
			return
		}
		if _, err := io.CopyN(to, from, int64(binary.BigEndian.Uint32(head[1:]))-4); err != nil {
			return
		}
	}
}
