package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"time"
)

// process is a server that the bench started: Bevan, or the floor under it.
type process struct {
	cmd     *exec.Cmd
	said    tail
	ended   chan struct{}
	address string // host:port
}

// tail keeps the end of what a process said, for when it fails.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const tailSize = 4 << 10

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	t.b = t.b[max(0, len(t.b)-tailSize):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.b))
}

var saysAddress = regexp.MustCompile(`http://([0-9.]+:[0-9]+)`)

// launch starts a server and reads its address from what it prints first.
func launch(ctx context.Context, program string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(program, args...), ended: make(chan struct{})}
	p.cmd.Stderr = &p.said
	// Ctrl-C is for the bench alone, which then stops its servers in order.
	apart(p.cmd)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			_, _ = p.said.Write(append(lines.Bytes(), '\n'))
			if m := saysAddress.FindSubmatch(lines.Bytes()); m != nil {
				found <- string(m[1])
				break
			}
		}
		_, _ = io.Copy(&p.said, out) // to its end, so that it never waits for us
		_ = p.cmd.Wait()             // how it ended shows in what it said
		close(p.ended)
	}()
	limit := time.NewTimer(2 * time.Minute)
	defer limit.Stop()
	select {
	case p.address = <-found:
		return p, nil
	case <-p.ended:
		return nil, fmt.Errorf("the server did not start: %s", &p.said)
	case <-limit.C:
		err = errors.New("the server did not start in two minutes")
	case <-ctx.Done():
		err = ctx.Err()
	}
	_ = p.stop()
	return nil, err
}

// stop asks the process to end and waits for it.
func (p *process) stop() error {
	if p == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(os.Interrupt) // it may be gone already
	limit := time.NewTimer(2 * time.Minute)
	defer limit.Stop()
	select {
	case <-p.ended:
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			return fmt.Errorf("the server ended with code %d: %s", code, &p.said)
		}
		return nil
	case <-limit.C:
		_ = p.cmd.Process.Kill()
		<-p.ended
		return errors.New("the server did not stop in two minutes, and was killed")
	}
}

// ready waits until /readyz answers 200.
func (p *process) ready(ctx context.Context) error {
	a := asker{address: p.address}
	ask := a.request("GET", "/readyz", nil)
	for limit := time.Now().Add(time.Minute); ; {
		got, _, err := a.once(ctx, ask)
		switch {
		case err == nil && got.status == 200:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case time.Now().After(limit):
			return fmt.Errorf("the server is not ready after a minute: status %d, %v: %s", got.status, err, &p.said)
		}
		select {
		case <-p.ended:
			return fmt.Errorf("the server ended: %s", &p.said)
		case <-ctx.Done():
		case <-time.After(time.Millisecond):
		}
	}
}
