package exchange

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Every document of a lot becomes a write or is told, entry by entry.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(`{"resourceType":"Patient","id":"1"}`))
	f.Add([]byte(`{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:x","resource":{"resourceType":"Patient","id":"1"},"request":{"method":"PUT","url":"Patient/1"}},{"resource":{"resourceType":"Observation","subject":{"reference":"urn:uuid:x"}}}]}`))
	f.Add([]byte(`{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"DELETE","url":"Patient/1"}},{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=1"}}]}`))
	f.Fuzz(func(t *testing.T, doc_ []byte) {
		l := &lot{src: &source{path: "f"}, docs: []doc{{line: 1, text: doc_}}}
		groups, bad := l.groups(search.Base())
		n := 0
		for _, g := range groups {
			if len(g.ops) != len(g.where) || len(g.ops) == 0 {
				t.Fatalf("%d ops at %d places", len(g.ops), len(g.where))
			}
			n += len(g.ops)
			for _, op := range g.ops {
				if op.Key.Type == "" || !fhir.ValidID(op.Key.ID) {
					t.Fatalf("%s is written as %v", doc_, op.Key)
				}
			}
		}
		for i := range bad {
			if line := bad[i].append(nil); !json.Valid(line) || bytes.Count(line, []byte("\n")) != 1 {
				t.Fatalf("told as %q", line)
			}
		}
		want := 1
		if tree, err := fhir.Parse(doc_, limits); err == nil && isExchangeBundle(tree.Root()) {
			want = tree.Root().Get("entry").Len()
			if tree.Root().Get("entry").Kind() != fhir.Array {
				want = 0
			}
		}
		if n+len(bad) != want {
			t.Fatalf("%d written, %d told, of %d: %s", n, len(bad), want, doc_)
		}
	})
}

// failing is a record that takes some writes and then fails for good.
type failing struct {
	left atomic.Int64
	err  error
}

func (f *failing) Transact(_ context.Context, ops []record.Op) ([]record.Outcome, error) {
	if f.left.Add(-1) < 0 {
		return nil, f.err
	}
	return make([]record.Outcome, len(ops)), nil
}
func (*failing) Registry() *search.Registry { return search.Base() }

// A failure ends a load, at whatever write it comes, and is what Load returns.
func TestAFailureEndsALoad(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{
		`{"resourceType":"Organization","id":"x","name":"n"}`,
		`{"resourceType":"Patient","id":"x"}`,
		`{"resourceType":"Basic","id":"x","code":{"text":"x"}}`,
	} {
		for i := range 5 {
			name := filepath.Join(dir, strconv.Itoa(len(text))+"-"+strconv.Itoa(i)+".json")
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	away := problem.New(problem.Unavailable, "The database is away.")
	for n := range 20 {
		f := &failing{err: away}
		f.left.Store(int64(n))
		sum, err := Load(t.Context(), f, []string{dir}, LoadOptions{Workers: 3})
		if n < 15 && !errors.Is(err, away) {
			t.Fatalf("after %d writes: %+v, %v", n, sum, err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Load(ctx, &failing{err: away}, []string{dir}, LoadOptions{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("a load that was stopped says %v", err)
	}
}

// A line of NDJSON holds the document of which it was made, on one line.
func TestALineHoldsItsDocument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetIndent(rapid.SampledFrom([]string{"", "\t", "\r\n "}).Draw(t, "prefix"), rapid.SampledFrom([]string{"", " "}).Draw(t, "indent"))
		v := map[string]any{"a": rapid.String().Draw(t, "s"), `"\`: []any{1.5, nil, rapid.SliceOf(rapid.String()).Draw(t, "list")}}
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		line := appendLine(nil, b.Bytes())
		if bytes.Count(line, []byte("\n")) != 1 || line[len(line)-1] != '\n' || bytes.IndexByte(line, '\r') >= 0 {
			t.Fatalf("%q", line)
		}
		var want bytes.Buffer
		if err := json.Compact(&want, b.Bytes()); err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsAny(b.Bytes(), "\n\r") && strings.TrimSuffix(string(line), "\n") != want.String() {
			t.Fatalf("%q is not %q", line, want.String())
		}
	})
}

// However lines are cut into lots, each line comes once, with its number, and
// going on from any mark gives the rest.
func TestLinesComeOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`[a-z{}" ]{0,40}`), 0, 2_600).Draw(t, "lines")
		text := strings.Join(lines, rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end"))
		skip := rapid.IntRange(0, len(lines)).Draw(t, "skip")
		var got []string
		r := &reader{sources: []source{{path: "f", lines: true}}, send: func(_ context.Context, l *lot) error {
			for _, d := range l.docs {
				if strings.TrimSpace(lines[d.line-1]) != string(d.text) {
					t.Fatalf("line %d is %q, not %q", d.line, d.text, lines[d.line-1])
				}
				got = append(got, string(d.text))
			}
			return nil
		}}
		if err := r.lines(t.Context(), 0, skip, bufio.NewReaderSize(strings.NewReader(text), 16)); err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, l := range lines[skip:] {
			if l = strings.TrimSpace(l); l != "" {
				want = append(want, l)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d lines came of %d", len(got), len(want))
		}
	})
}
