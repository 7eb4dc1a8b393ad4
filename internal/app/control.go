package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
)

// A running server takes the operator's commands over a socket in its data
// folder, since it alone may open the store. Whoever can open the folder
// (mode 0700) can open the keys in it as well, so the socket asks for no
// password. One command a connection: a line of JSON in, lines of JSON out; a
// connection that closes stops the command.

// order is what a command line asks of the server.
type order struct {
	Name string          `json:"name"`
	By   string          `json:"by"`
	Args json.RawMessage `json:"args"`
}

// event is one line of the answer.
type event struct {
	Line     string `json:"line,omitempty"`
	Progress *step  `json:"progress,omitempty"`
	End      *end   `json:"end,omitempty"`
}

// end is the last event: how it went.
type end struct {
	Kind     problem.Kind `json:"kind,omitempty"`
	Sentence string       `json:"sentence,omitempty"` // empty: it went well
	Cause    string       `json:"cause,omitempty"`
	Partly   bool         `json:"partly,omitempty"`
}

// maxOrder bounds an order: a command line with very many paths.
const maxOrder = 16 << 20

// listenControl opens the socket. A path that is too long for a socket is
// reached over a short name for the moment of opening.
func listenControl(dir string) (net.Listener, error) {
	var l net.Listener
	err := withShort(dir, func(short string) (err error) {
		path := filepath.Join(short, socketFile)
		// The store's lock is held, so a socket that lies here is a dead one.
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		l, err = net.Listen("unix", path)
		if err != nil {
			return err
		}
		l.(*net.UnixListener).SetUnlinkOnClose(false) // under its short name it could not be found
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		if l != nil {
			l.Close()
		}
		return nil, err
	}
	return l, nil
}

// withShort calls fn with a short path to dir: the path of a socket can have
// about a hundred bytes.
func withShort(dir string, fn func(short string) error) error {
	if len(dir) < 80 {
		return fn(dir)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "bevan")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	short := filepath.Join(tmp, "d")
	if err := os.Symlink(abs, short); err != nil {
		return err
	}
	return fn(short)
}

// serveControl does what comes over the socket until ctx ends, and waits for
// what it is doing then.
func serveControl(ctx context.Context, l net.Listener, h *house, log *slog.Logger) {
	var running sync.WaitGroup
	defer running.Wait()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	room := make(chan struct{}, 8) // a person's commands, not a service
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		room <- struct{}{}
		running.Go(func() {
			defer func() { <-room }()
			defer c.Close()
			obey(ctx, c, h, log)
		})
	}
}

// obey does one order.
func obey(ctx context.Context, c net.Conn, h *house, log *slog.Logger) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second)) // a socket always has deadlines
	line, err := bufio.NewReader(io.LimitReader(c, maxOrder)).ReadBytes('\n')
	_ = c.SetReadDeadline(time.Time{})
	var o order
	if err != nil || json.Unmarshal(line, &o) != nil {
		return // not one of ours
	}
	go func() { // nothing more comes; the end of it means that the caller went away
		_, _ = io.Copy(io.Discard, c)
		cancel()
	}()
	out := &wire{enc: json.NewEncoder(c)}
	err = errors.New("no such command")
	if make, ok := works[o.Name]; ok && strings.HasPrefix(o.By, "console:") && len(o.By) < 200 {
		w := make()
		if err = json.Unmarshal(o.Args, w); err == nil {
			log.Info("command", "name", o.Name, "by", o.By)
			err = w.do(ctx, h, access.Operator(o.By), out)
		}
	}
	out.end(err)
}

// wire is a report that goes over the socket.
type wire struct {
	mu  sync.Mutex
	enc *json.Encoder
}

func (w *wire) send(e event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.enc.Encode(e) // the caller went away, which cancels the work
}

func (w *wire) line(text string) { w.send(event{Line: text}) }

func (w *wire) progress(s step) { w.send(event{Progress: &s}) }

func (w *wire) end(err error) {
	e := &end{}
	if err != nil {
		p := problem.Of(err)
		var part partly
		e.Kind, e.Sentence, e.Partly = p.Kind, problem.Sentence(err), errors.As(err, &part)
		if p.Cause != nil {
			e.Cause = p.Cause.Error()
		}
	}
	w.send(event{End: e})
}

// err is what the end says, as an error again.
func (e *end) err() error {
	if e.Sentence == "" {
		return nil
	}
	var cause error
	if e.Cause != "" {
		cause = errors.New(e.Cause)
	}
	var err error = problem.Wrap(e.Kind, e.Sentence, cause)
	if e.Partly {
		err = partly{err}
	}
	return err
}

// askServer has the server of a data folder do the work. served is false when
// none is running there.
func askServer(ctx context.Context, dir, name string, w work, out report) (served bool, err error) {
	c, err := dialControl(ctx, dir)
	if err != nil {
		return false, err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	args, err := json.Marshal(w)
	if err != nil {
		return true, problem.Wrap(problem.Internal, "", err)
	}
	lost := func(err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return problem.Wrap(problem.Unavailable, "The server went away before this was done. Start it again, then run the same command to go on.", err)
	}
	if err := json.NewEncoder(c).Encode(order{Name: name, By: console(), Args: args}); err != nil {
		return true, lost(err)
	}
	dec := json.NewDecoder(c)
	for {
		var e event
		if err := dec.Decode(&e); err != nil {
			return true, lost(err)
		}
		switch {
		case e.End != nil:
			return true, e.End.err()
		case e.Progress != nil:
			out.progress(*e.Progress)
		default:
			out.line(e.Line)
		}
	}
}

// dialControl reaches the server that runs on a data folder.
func dialControl(ctx context.Context, dir string) (c net.Conn, err error) {
	err = withShort(dir, func(short string) error {
		c, err = new(net.Dialer).DialContext(ctx, "unix", filepath.Join(short, socketFile))
		return err
	})
	return c, err
}
