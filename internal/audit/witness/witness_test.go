package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/audit/receipt"
)

// testLog is a log in memory that signs whatever it is told to.
type testLog struct {
	t      testing.TB
	name   string
	signer note.Signer
	key    string
	hashes []tlog.Hash
	n      int64
}

func newLog(t testing.TB, name string) *testLog {
	t.Helper()
	private, public, err := note.GenerateKey(nil, name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return &testLog{t: t, name: name, signer: signer, key: public}
}

func (l *testLog) ReadHashes(indexes []int64) (out []tlog.Hash, err error) {
	for _, i := range indexes {
		out = append(out, l.hashes[i])
	}
	return out, nil
}

func (l *testLog) add(what string, n int) {
	for range n {
		more, err := tlog.StoredHashes(l.n, fmt.Append(nil, what, l.n), l)
		if err != nil {
			l.t.Fatal(err)
		}
		l.hashes = append(l.hashes, more...)
		l.n++
	}
}

// fork is a log of the same name and key that holds other things.
func (l *testLog) fork(at int64) *testLog {
	f := &testLog{t: l.t, name: l.name, signer: l.signer, key: l.key}
	f.add("x", int(at))
	f.add("y", int(l.n-at))
	return f
}

func (l *testLog) checkpoint() receipt.Checkpoint {
	h, err := tlog.TreeHash(l.n, l)
	if err != nil {
		l.t.Fatal(err)
	}
	return receipt.Checkpoint{Origin: l.name, Tree: tlog.Tree{N: l.n, Hash: h}}
}

func (l *testLog) signed(extra string) []byte {
	b, err := note.Sign(&note.Note{Text: l.checkpoint().Text() + extra}, l.signer)
	if err != nil {
		l.t.Fatal(err)
	}
	return b
}

func (l *testLog) Consistency(_ context.Context, from, to int64) ([]tlog.Hash, error) {
	return tlog.ProveTree(to, from, l)
}

func (l *testLog) request(old int64) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", old)
	if old > 0 && old < l.n {
		proof, err := l.Consistency(context.Background(), old, l.n)
		if err != nil {
			l.t.Fatal(err)
		}
		for _, h := range proof {
			fmt.Fprintln(&b, h)
		}
	}
	b.WriteString("\n")
	b.Write(l.signed(""))
	return b.Bytes()
}

// noon is the clock of the tests.
func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

func newWitness(t testing.TB, dir string, logs ...*testLog) (*Witness, *receipt.Cosigner) {
	t.Helper()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := f.Cosigner("witness.example", noon)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, l := range logs {
		keys = append(keys, l.key)
	}
	w, err := New(signer, f, keys)
	if err != nil {
		t.Fatal(err)
	}
	return w, signer
}

func status(t testing.TB, w *Witness, body []byte) int {
	t.Helper()
	_, err := w.Add(body)
	var no *Refusal
	if errors.As(err, &no) {
		return no.Status
	}
	if err != nil {
		t.Fatal(err)
	}
	return http.StatusOK
}

func TestAWitnessFollowsALog(t *testing.T) {
	l, dir := newLog(t, "log.example"), t.TempDir()
	w, signer := newWitness(t, dir, l)
	l.add("x", 3)
	for _, n := range []int{0, 5, 100, 1} {
		old := l.n
		l.add("x", n)
		if n == 0 {
			old = 0
		}
		lines, err := w.Add(l.request(old))
		if err != nil {
			t.Fatal(n, err)
		}
		v, err := note.NewVerifier(l.key)
		if err != nil {
			t.Fatal(err)
		}
		witness, err := receipt.NewWitness(signer.Key())
		if err != nil {
			t.Fatal(err)
		}
		c, seen, err := receipt.OpenCheckpoint(append(l.signed(""), lines...), v, []*receipt.Witness{witness})
		if err != nil || c.N != l.n || len(seen) != 1 || !seen[0].At.Equal(noon()) {
			t.Fatal(c, seen, err)
		}
		w, _ = newWitness(t, dir, l) // it remembers, whatever happens to it
	}
}

// An operator who shows two histories: the witness cosigns one of them and no other.
func TestAttack90TwoHistoriesAreNotBothCosigned(t *testing.T) {
	l := newLog(t, "log.example")
	w, _ := newWitness(t, t.TempDir(), l)
	l.add("x", 20)
	if got := status(t, w, l.request(0)); got != http.StatusOK {
		t.Fatal(got)
	}
	for at := int64(0); at < 20; at++ {
		f := l.fork(at)
		if got := status(t, w, f.request(20)); got != http.StatusConflict {
			t.Errorf("another log of the same size, from place %d on: %d", at, got)
		}
		f.add("y", 7)
		if got := status(t, w, f.request(20)); got != http.StatusUnprocessableEntity {
			t.Errorf("a larger log that is another from place %d on: %d", at, got)
		}
		if got := status(t, w, f.request(0)); got != http.StatusConflict {
			t.Errorf("as if it had not been seen: %d", got)
		}
	}
	short := l.fork(20)
	short.n = 10
	short.hashes = short.hashes[:tlog.StoredHashCount(10)]
	if got := status(t, w, short.request(10)); got != http.StatusConflict {
		t.Error("a log that was rolled back:", got)
	}
}

func TestARefusalHasItsStatus(t *testing.T) {
	l, other, dir := newLog(t, "log.example"), newLog(t, "log.example"), t.TempDir()
	w, _ := newWitness(t, dir, l)
	l.add("x", 9)
	other.add("x", 9)
	stranger := newLog(t, "elsewhere.example")
	stranger.add("x", 9)
	good := string(l.request(0))
	for name, c := range map[string]struct {
		body string
		want int
	}{
		"an unknown log":            {string(stranger.request(0)), http.StatusNotFound},
		"another key":               {string(other.request(0)), http.StatusForbidden},
		"not the old size":          {string(l.request(4)), http.StatusConflict},
		"an old size that is later": {strings.Replace(good, "old 0", "old 10", 1), http.StatusBadRequest},
		"a leading zero":            {strings.Replace(good, "old 0", "old 00", 1), http.StatusBadRequest},
		"a sign":                    {strings.Replace(good, "old 0", "old -0", 1), http.StatusBadRequest},
		"no old size":               {strings.Replace(good, "old 0\n", "\n", 1), http.StatusBadRequest},
		"a proof from nothing":      {strings.Replace(good, "old 0\n", "old 0\n"+tlog.Hash{}.String()+"\n", 1), http.StatusUnprocessableEntity},
		"no hash":                   {strings.Replace(good, "old 0\n", "old 0\nhash\n", 1), http.StatusBadRequest},
		"too long a proof":          {strings.Replace(good, "old 0\n", "old 0\n"+strings.Repeat(tlog.Hash{}.String()+"\n", 64), 1), http.StatusBadRequest},
		"more lines":                {"old 0\n\n" + string(l.signed("more\n")), http.StatusForbidden},
		"a changed root":            {strings.Replace(good, l.checkpoint().Hash.String(), tlog.Hash{1}.String(), 1), http.StatusForbidden},
		"nothing":                   {"", http.StatusBadRequest},
		"too much":                  {"old 0\n\n" + strings.Repeat("x", 1<<17), http.StatusBadRequest},
	} {
		if got := status(t, w, []byte(c.body)); got != c.want {
			t.Errorf("%s: %d", name, got)
		}
	}
	if got := status(t, w, []byte(good)); got != http.StatusOK {
		t.Error("after all that:", got)
	}
}

// A state that can't be read is not an empty one.
func TestAWitnessDoesNotForget(t *testing.T) {
	l, dir := newLog(t, "log.example"), t.TempDir()
	w, _ := newWitness(t, dir, l)
	l.add("x", 9)
	if got := status(t, w, l.request(0)); got != http.StatusOK {
		t.Fatal(got)
	}
	f := &Folder{dir}
	if err := f.write(stateFile("log.example"), []byte("{}")); err != nil {
		t.Fatal(err)
	}
	var no *Refusal
	if _, err := w.Add(l.request(0)); err == nil || errors.As(err, &no) {
		t.Error("a witness with a damaged state:", err)
	}
	if _, err := f.Cosigner("another.example", noon); err == nil {
		t.Error("a witness took another name")
	}
}

func TestALogAsksItsWitness(t *testing.T) {
	l := newLog(t, "log.example")
	w, signer := newWitness(t, t.TempDir(), l)
	at := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if err := w.Handle(out, r); err != nil {
			t.Error(err)
		}
	}))
	defer at.Close()
	key, err := receipt.NewWitness(signer.Key())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		l.add("x", 11)
		c := NewClient(at.URL+"/", key, at.Client()) // one that doesn't know what the witness saw
		for range 2 {
			l.add("x", i)
			if _, err := c.Ask(context.Background(), l, l.signed(""), l.checkpoint()); err != nil {
				t.Fatal(err)
			}
		}
	}
	f := l.fork(4)
	if sig, err := NewClient(at.URL, key, at.Client()).Ask(context.Background(), f, f.signed(""), f.checkpoint()); err == nil {
		t.Error("cosigned:", sig)
	}
	stranger, _ := newWitness(t, t.TempDir(), l)
	other, err := receipt.NewWitness(stranger.signer.Key())
	if err != nil {
		t.Fatal(err)
	}
	l.add("x", 1)
	if _, err := NewClient(at.URL, other, at.Client()).Ask(context.Background(), l, l.signed(""), l.checkpoint()); err == nil {
		t.Error("the signature of another witness was taken")
	}
}

func FuzzAdd(f *testing.F) {
	l := newLog(f, "log.example")
	l.add("x", 9)
	w, _ := newWitness(f, f.TempDir(), l)
	f.Add(l.request(0))
	f.Add([]byte("old 3\n\n\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := w.Add(body); err == nil && !bytes.Contains(body, l.signed("")) {
			t.Fatal("cosigned what the log did not sign")
		}
	})
}
