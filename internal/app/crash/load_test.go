//go:build unix

package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A load that is killed and run again ends with the same records as one that
// was left alone: the same ids, the same versions, the same content.
func TestALoadThatIsKilled(t *testing.T) {
	const people = 15
	for _, form := range []string{"ndjson", "bundles"} {
		t.Run(form, func(t *testing.T) {
			files := filepath.Join(newPlace(t).dir, "files")
			must(t, "demo", files, "--people", fmt.Sprint(people), "--seed", "7", "--form", form)
			whole := newPlace(t)
			must(t, whole.args("load", files)...)
			want := exported(t, whole)
			if len(want) < people {
				t.Fatalf("%d resources are no test", len(want))
			}
			eachKind(t, func(t *testing.T, p place) {
				if testing.Short() && p.url != "" && form == "bundles" {
					t.Skip("skipped: the slowest of four is left out of a short run")
				}
				killedLoad(t, p, files, want)
			})
		})
	}
}

// killedLoad kills a load three times: the command by itself, the server that
// does it for the command, and the command that a server works for.
func killedLoad(t *testing.T, p place, files string, want []string) {
	rnd := rand.New(rand.NewPCG(seed, uint64(len(want))))
	args := p.args("load", "--errors", filepath.Join(p.dir, "errors"), files)
	cut := 0
	if cutLoad(t, p, args, rnd.IntN(3), nil) {
		cut++
	}
	n := start(t, p)
	if cutLoad(t, p, args, 1+rnd.IntN(3), n) {
		cut++
	}
	n.kill()
	n = start(t, p)
	if cutLoad(t, p, args, 1+rnd.IntN(3), nil) {
		cut++
	}
	must(t, args...) // to its end
	n.stop(t)
	t.Logf("%d of 3 loads were cut off", cut)
	if cut == 0 {
		t.Error("every load was done before it could be killed")
	}
	same(t, exported(t, p), want)
	verify(t, p)
	again := must(t, args...)
	if !strings.Contains(again, " 0 new, 0 changed,") || !strings.Contains(again, " 0 not loaded") {
		t.Errorf("one more load does something:\n%s", again)
	}
}

// cutLoad starts a load and kills it, or the server that does it, when its
// notes were written so many times. It is false when the load was done before.
func cutLoad(t testing.TB, p place, args []string, notes int, server *node) bool {
	t.Helper()
	c := command(args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = c.Wait() }()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	seen := noted(p)
	for written := -1; written < notes; {
		select {
		case <-done:
			return false
		case <-ctx.Done():
			_ = c.Process.Kill()
			<-done
			t.Fatal("a load does not get on")
		case <-look.C:
			if now := noted(p); now != seen {
				seen = now
				written++
			}
		}
	}
	if server != nil {
		server.kill()
	} else {
		_ = c.Process.Kill()
	}
	<-done
	return c.ProcessState.ExitCode() != 0
}

// noted is what a load has noted about how far it came.
func noted(p place) string {
	all := ""
	found, _ := filepath.Glob(filepath.Join(p.dir, "load-*.state"))
	for _, f := range found {
		b, _ := os.ReadFile(f) // it goes when the load is done
		all += string(b)
	}
	return all
}

var updated = regexp.MustCompile(`,?"lastUpdated":"[^"]*"`)

// exported is every resource of a store but for when it was written, in order.
func exported(t testing.TB, p place) []string {
	t.Helper()
	to := filepath.Join(newPlace(t).dir, "export")
	must(t, p.args("export", to)...)
	var all []string
	err := filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".ndjson") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(b)) {
			all = append(all, updated.ReplaceAllString(strings.TrimSpace(line), ""))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func same(t testing.TB, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("there are %d resources, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("there is\n%.500s\nwant\n%.500s", got[i], want[i])
		}
	}
}
