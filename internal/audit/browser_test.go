package audit_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/db"
)

// script is what runs in a browser; Node has the same WebCrypto.
const script = "../portal/script/receipt.js"

const runner = `
import { readFileSync } from "node:fs";
import { verifyReceipt } from "./receipt.mjs";
const { key, witness, cases } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const out = [];
for (const text of cases) {
  try {
    const r = await verifyReceipt(JSON.parse(text), key, [witness]);
    out.push({ ok: true, entries: r.entries.map((e) => e && Buffer.from(e).toString("base64")), erased: r.erased, witnessed: r.witnessed, seen: r.seen.length });
  } catch (e) {
    out.push({ ok: false, why: String(e.message) });
  }
}
console.log(JSON.stringify(out));
`

// judged is what the browser says of a receipt.
type judged struct {
	OK        bool
	Why       string
	Entries   [][]byte
	Erased    int
	Witnessed int64
	Seen      int
}

// The verifier in the browser agrees with the one in Go: on receipts that hold, and on thousands that were
// changed.
func TestTheBrowserAgrees(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("skipped: there is no Node")
	}
	eachKept(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		at := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
		fill(t, l, 90, 7, 20)
		watch(t, l, at)
		fill(t, l, 300, 7, 50)
		if _, err := l.Erase(ctx, entry(0, "erasure"), 4); err != nil {
			t.Fatal(err)
		}
		settle(t, l)
		var cases []string
		rnd := rand.New(rand.NewPCG(3, 4))
		for _, person := range []int64{3, 4, 555} {
			r, err := l.Prove(ctx, person)
			if err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			cases = append(cases, string(b))
			for range 150 {
				bad := bytes.Clone(b)
				bad[rnd.IntN(len(bad))] ^= 1 << rnd.IntN(7)
				if json.Valid(bad) {
					cases = append(cases, string(bad))
				}
			}
		}
		key := cosigner(t, at).Key()
		agree(t, l, cases, key, judge(t, node, map[string]any{"key": l.Key(), "witness": key, "cases": cases}))
	})
}

// judge asks the browser's verifier.
func judge(t *testing.T, node string, task map[string]any) (all []judged) {
	t.Helper()
	dir := t.TempDir()
	source, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"receipt.mjs": source, "run.mjs": []byte(runner), "task.json": b} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var problems bytes.Buffer
	run := exec.CommandContext(t.Context(), node, filepath.Join(dir, "run.mjs"), filepath.Join(dir, "task.json"))
	run.Stderr = &problems
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &problems)
	}
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// agree holds that both say the same of each receipt, but for what JSON readers are differently strict
// about.
func agree(t *testing.T, l *audit.Log, cases []string, key string, all []judged) {
	t.Helper()
	w, err := receipt.NewWitness(key)
	if err != nil || len(all) != len(cases) {
		t.Fatal(len(all), err)
	}
	good := 0
	for i, text := range cases {
		got := all[i]
		r, err := receipt.Parse([]byte(text))
		if err != nil {
			continue // another name of a member, or a number that isn't one
		}
		want, err := r.Verify(logKey(t, l), []*receipt.Witness{w})
		if got.OK != (err == nil) {
			t.Errorf("case %d: Go says %v, the browser %v %s\n%s", i, err, got.OK, got.Why, text)
			continue
		}
		if err != nil {
			continue
		}
		good++
		if got.Erased != want.Erased || got.Witnessed != want.Witnessed || got.Seen != len(want.Seen) || len(got.Entries) != len(want.Entries) {
			t.Errorf("case %d: %+v and %+v", i, got, want)
			continue
		}
		for j := range got.Entries {
			if !bytes.Equal(got.Entries[j], want.Entries[j]) {
				t.Errorf("case %d, entry %d differs", i, j)
			}
		}
	}
	if good < 3 {
		t.Errorf("%d receipts hold", good)
	}
}
