package receipt

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Format names the layout of a receipt.
const Format = "bevan-access-receipt-1"

// MaxSize is the size in bytes of the largest receipt that is read.
const MaxSize = 64 << 20

// Receipt is the list of all accesses to one person's data, with what it takes to check it. Hashes are
// base64.
type Receipt struct {
	Format string `json:"format"`
	// Key is the log's public key. Whoever checks has to know it from elsewhere.
	Key string `json:"key"`
	// Checkpoint is the signed head of the log at which the list is whole.
	Checkpoint string `json:"checkpoint"`
	// Witnessed is an earlier head, or the same, that others cosigned; nil where there is none.
	Witnessed *Witnessed `json:"witnessed,omitempty"`
	Map       Map        `json:"map"`
	// Entries are all of the person's entries, in the order of the log.
	Entries []Entry `json:"entries"`
}

// Witnessed ties a cosigned checkpoint to that of the receipt.
type Witnessed struct {
	Checkpoint string `json:"checkpoint"`
	// Proof is the consistency proof between the two (RFC 6962, section 2.1.2).
	Proof []tlog.Hash `json:"proof"`
}

// Map says how many entries the person has, and proves it: by the map's root in the log's last record,
// and the person's slot in the map.
type Map struct {
	Root tlog.Hash   `json:"root"`
	Path []tlog.Hash `json:"path"` // of the last record in the tree

	Slot  tlog.Hash `json:"slot"`
	Head  tlog.Hash `json:"head"`
	Count int64     `json:"count"`
	// Siblings are the hashes beside the way to the slot, from the root down.
	Siblings []tlog.Hash `json:"siblings"`
	// Other is the slot that stands where this one would; only for a person without entries.
	Other *Other `json:"other,omitempty"`
}

// Other is a leaf of the map that is somebody else's. It says nothing about them.
type Other struct {
	Slot  tlog.Hash `json:"slot"`
	Value tlog.Hash `json:"value"`
}

// Entry is one access.
type Entry struct {
	Index int64 `json:"index"`
	// Entry is the entry's bytes and Nonce its nonce.
	Entry []byte `json:"entry,omitempty"`
	Nonce []byte `json:"nonce,omitempty"`
	// Leaf is all that is left of an entry that was erased.
	Leaf *tlog.Hash  `json:"leaf,omitempty"`
	Path []tlog.Hash `json:"path"`
}

// Result is what a receipt proves.
type Result struct {
	Checkpoint Checkpoint
	// Entries are the bytes of the entries, in the order of the log; nil for one that was erased.
	Entries [][]byte
	Erased  int
	// Seen are the witnesses, and Witnessed the size of the log that they saw.
	Seen      []Seen
	Witnessed int64
}

// Fault is what is wrong with a receipt.
type Fault struct {
	// What is wrong, in words.
	What string
	// Index is the place in the log that is at fault; -1 where it is none.
	Index int64
}

func (f *Fault) Error() string { return "receipt: " + f.What }

func wrong(index int64, format string, args ...any) error {
	return &Fault{What: fmt.Sprintf(format, args...), Index: index}
}

// Parse reads a receipt strictly: names that differ in case, or come twice, are what another reader may read
// in another way. What it gives is not checked yet.
func Parse(b []byte) (*Receipt, error) {
	if len(b) > MaxSize {
		return nil, errors.New("receipt: the file is too large")
	}
	var r Receipt
	if err := json.Unmarshal(b, &r, json.RejectUnknownMembers(true)); err != nil {
		return nil, errors.New("receipt: the file can't be read as a receipt")
	}
	if r.Format != Format {
		return nil, errors.New("receipt: the file has another format")
	}
	return &r, nil
}

// Verify checks everything that a receipt claims, against a log's key and those of its witnesses. Its
// error is a Fault that names the first thing that doesn't hold.
func (r *Receipt) Verify(log note.Verifier, witnesses []*Witness) (Result, error) {
	c, seen, err := OpenCheckpoint([]byte(r.Checkpoint), log, witnesses)
	if err != nil {
		return Result{}, wrong(-1, "the checkpoint isn't signed by the log's key")
	}
	res := Result{Checkpoint: c, Seen: seen}
	if len(seen) > 0 {
		res.Witnessed = c.N
	}
	if err := r.witnessed(&res, log, witnesses); err != nil {
		return Result{}, err
	}
	if err := r.Map.verify(c); err != nil {
		return Result{}, err
	}
	if err := r.entries(&res); err != nil {
		return Result{}, err
	}
	return res, nil
}

func (r *Receipt) witnessed(res *Result, log note.Verifier, witnesses []*Witness) error {
	if r.Witnessed == nil {
		return nil
	}
	was, seen, err := OpenCheckpoint([]byte(r.Witnessed.Checkpoint), log, witnesses)
	if err != nil {
		return wrong(-1, "the witnessed checkpoint isn't signed by the log and its witnesses")
	}
	if was.N < 1 || was.N > res.Checkpoint.N || tlog.CheckTree(r.Witnessed.Proof, res.Checkpoint.N, res.Checkpoint.Hash, was.N, was.Hash) != nil {
		return wrong(-1, "what the witnesses saw is another log")
	}
	if len(seen) > 0 && was.N > res.Witnessed {
		res.Seen, res.Witnessed = seen, was.N
	}
	return nil
}

func (m *Map) verify(c Checkpoint) error {
	last := c.N - 1
	if last < 0 || tlog.CheckRecord(m.Path, c.N, c.Hash, last, tlog.RecordHash(MapRecord(m.Root))) != nil {
		return wrong(last, "the map of persons isn't that of the log")
	}
	if len(m.Siblings) > 256 {
		return wrong(-1, "the place in the map is too deep")
	}
	var node tlog.Hash
	switch {
	case m.Count > 0 && m.Other == nil:
		node = Leaf(m.Slot, Value(m.Head, m.Count)).Hash
	case m.Count != 0 || m.Head != (tlog.Hash{}):
		return wrong(-1, "the number of entries can't be right")
	case m.Other != nil:
		if !m.beside() {
			return wrong(-1, "the place in the map is another person's")
		}
		node = Leaf(m.Other.Slot, m.Other.Value).Hash
	}
	if rootOver(m.Slot, node, m.Siblings) != m.Root {
		return wrong(-1, "the number of entries isn't the one that the log committed to")
	}
	return nil
}

// beside says whether the other slot stands where this one would.
func (m *Map) beside() bool {
	if m.Other.Slot == m.Slot {
		return false
	}
	for d := range m.Siblings {
		if Bit(m.Slot, d) != Bit(m.Other.Slot, d) {
			return false
		}
	}
	return true
}

func (r *Receipt) entries(res *Result) error {
	if int64(len(r.Entries)) != r.Map.Count {
		return wrong(-1, "the list has %d entries and the log committed to %d", len(r.Entries), r.Map.Count)
	}
	var head tlog.Hash
	last := int64(-1)
	for i := range r.Entries {
		e := &r.Entries[i]
		if e.Index <= last || e.Index >= res.Checkpoint.N {
			return wrong(e.Index, "entry %d stands in the wrong order", e.Index)
		}
		leaf, err := e.leaf()
		if err != nil {
			return err
		}
		if tlog.CheckRecord(e.Path, res.Checkpoint.N, res.Checkpoint.Hash, e.Index, tlog.RecordHash(leaf[:])) != nil {
			return wrong(e.Index, "entry %d isn't the one that is in the log", e.Index)
		}
		head = Next(head, e.Index, leaf)
		last = e.Index
		res.Entries = append(res.Entries, e.Entry)
		if e.Entry == nil {
			res.Erased++
		}
	}
	if head != r.Map.Head {
		return wrong(-1, "the list isn't the one that the log committed to")
	}
	return nil
}

func (e *Entry) leaf() (tlog.Hash, error) {
	switch {
	case e.Leaf != nil && e.Entry == nil && e.Nonce == nil:
		return *e.Leaf, nil
	case e.Leaf != nil || len(e.Nonce) != NonceSize || len(e.Entry) == 0:
		return tlog.Hash{}, wrong(e.Index, "entry %d is neither whole nor erased", e.Index)
	}
	return Commit(e.Nonce, e.Entry), nil
}
