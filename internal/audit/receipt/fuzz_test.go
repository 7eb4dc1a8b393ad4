package receipt

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// testLog makes a log of one entry and its map, with its receipt and the proof of the entry.
func testLog(t testing.TB) (v note.Verifier, w *Cosigner, r *Receipt, proof []byte) {
	t.Helper()
	private, public, err := note.GenerateKey(nil, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	if v, err = note.NewVerifier(public); err != nil {
		t.Fatal(err)
	}
	if w, err = NewCosigner("witness.example", bytes.Repeat([]byte{1}, 32), func() time.Time { return time.Unix(1_790_000_000, 0) }); err != nil {
		t.Fatal(err)
	}
	nonce, entry := bytes.Repeat([]byte{2}, NonceSize), []byte("an entry")
	leaf := Commit(nonce, entry)
	slot, head := tlog.Hash{3}, Next(tlog.Hash{}, 0, leaf)
	root := Leaf(slot, Value(head, 1)).Hash
	first, second := tlog.RecordHash(leaf[:]), tlog.RecordHash(MapRecord(root))
	c := Checkpoint{Origin: "log.example", Tree: tlog.Tree{N: 2, Hash: tlog.NodeHash(first, second)}}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, signer, w)
	if err != nil {
		t.Fatal(err)
	}
	e := Entry{Index: 0, Entry: entry, Nonce: nonce, Path: []tlog.Hash{second}}
	r = &Receipt{Format: Format, Key: public, Checkpoint: string(signed), Entries: []Entry{e},
		Map: Map{Root: root, Path: []tlog.Hash{first}, Slot: slot, Head: head, Count: 1, Siblings: []tlog.Hash{}}}
	return v, w, r, FormatProof(e, r.Checkpoint)
}

func TestAReceiptHolds(t *testing.T) {
	v, w, r, proof := testLog(t)
	res, err := r.Verify(v, []*Witness{w.Witness})
	if err != nil || len(res.Entries) != 1 || len(res.Seen) != 1 || res.Witnessed != 2 {
		t.Error(res, err)
	}
	if res, err := VerifyProof(proof, v, []*Witness{w.Witness}); err != nil || string(res.Entries[0]) != "an entry" || len(res.Seen) != 1 {
		t.Error(res, err)
	}
	if !IsProof(proof) || IsProof([]byte("{}")) {
		t.Error("a proof is not known from a receipt")
	}
}

// A witness's key is not a log's, and the other way round: a cosignature says less than a signature.
func TestKeysOfWitnessesAreOfTheirKind(t *testing.T) {
	v, w, r, _ := testLog(t)
	if _, err := note.NewVerifier(w.Key()); err == nil {
		t.Error("the key of a witness is taken for that of a log")
	}
	if _, err := NewWitness(r.Key); err == nil {
		t.Error("the key of a log is taken for that of a witness")
	}
	for _, bad := range []string{"", "x", "a b+00000000+AA==", w.Key()[:len(w.Key())-4], w.Key() + "A", "x" + w.Key()} {
		if _, err := NewWitness(bad); err == nil {
			t.Errorf("%q is taken for a key", bad)
		}
	}
	if w.Verify([]byte("text"), make([]byte, timedSize)) || w.Verify([]byte("text"), nil) {
		t.Error("nothing is taken for a signature")
	}
	if sig, err := w.Sign([]byte("text")); err != nil || !w.Verify([]byte("text"), sig) || w.Verify([]byte("other"), sig) {
		t.Error("a cosignature is not good for its text alone")
	} else if sig[7] ^= 1; w.Verify([]byte("text"), sig) {
		t.Error("the time of a cosignature can be changed")
	}
	_ = v
}

// Whatever a file holds, reading it never panics, and what holds is what was logged.
func FuzzReceipt(f *testing.F) {
	v, w, r, _ := testLog(f)
	good, err := json.Marshal(r)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"format":"bevan-access-receipt-1","map":{"count":-1},"entries":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Parse(b)
		if err != nil {
			return
		}
		if res, err := r.Verify(v, []*Witness{w.Witness}); err == nil && r.Map.Slot == (tlog.Hash{3}) && (len(res.Entries) != 1 || string(res.Entries[0]) != "an entry" && res.Erased == 0) {
			t.Fatalf("it proves %+v", res)
		}
	})
}

func FuzzProof(f *testing.F) {
	v, w, _, proof := testLog(f)
	f.Add(proof)
	f.Add([]byte("c2sp.org/tlog-proof@v1\nindex 0\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if res, err := VerifyProof(b, v, []*Witness{w.Witness}); err == nil && string(res.Entries[0]) != "an entry" {
			t.Fatalf("it proves %+v", res)
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	f.Add("log.example\n2\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")
	f.Add("\n-1\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCheckpoint(text)
		if err != nil {
			return
		}
		if again, err := ParseCheckpoint(c.Text()); err != nil || again != c {
			t.Fatal(c, again, err)
		}
	})
}
