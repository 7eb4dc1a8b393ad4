// Package witness watches a log from another machine (C2SP tlog-witness): it cosigns a checkpoint when the
// log goes on from the last one that it cosigned, and refuses any other. Somebody who holds a receipt that
// a witness cosigned knows that the log can't show another history to anybody else without the witness
// having noticed.
//
// It is apart from the log, because it runs where whoever runs the log has no hand in it, and it sees
// nothing of the log but its name, size and root. It also has the client with which a log asks.
package witness

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/audit/receipt"
)

// State keeps what was cosigned last, for each log.
type State interface {
	// Load gives the last tree of a log; the zero Tree where there is none.
	Load(origin string) (tlog.Tree, error)
	// Save keeps a tree, and returns when it is on disk.
	Save(origin string, t tlog.Tree) error
}

// Witness cosigns. It is safe for concurrent use.
type Witness struct {
	signer *receipt.Cosigner
	state  State
	logs   map[string][]note.Verifier
	mu     sync.Mutex // from the look at the state until the new one is kept
}

// New makes a witness of logs, which are named by their public keys.
func New(signer *receipt.Cosigner, state State, logs []string) (*Witness, error) {
	w := &Witness{signer: signer, state: state, logs: map[string][]note.Verifier{}}
	for _, key := range logs {
		v, err := note.NewVerifier(key)
		if err != nil {
			return nil, err
		}
		w.logs[v.Name()] = append(w.logs[v.Name()], v)
	}
	return w, nil
}

// Refusal is a no, with the status that the protocol has for it.
type Refusal struct {
	Status int
	// Size is the size of the tree that was cosigned last, with status 409.
	Size int64
}

func (r *Refusal) Error() string {
	return "witness: refused with status " + strconv.Itoa(r.Status)
}

func refuse(status int) error { return &Refusal{Status: status, Size: -1} }

const (
	maxBody  = 64 << 10
	maxProof = 63
)

// Add cosigns a checkpoint, where it goes on from the last one: body is an old size, a proof and the
// checkpoint. It gives the lines of the signature, or a Refusal.
func (w *Witness) Add(body []byte) ([]byte, error) {
	old, proof, signed, err := parse(body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest)
	}
	c, err := w.checkpoint(signed)
	if err != nil {
		return nil, err
	}
	if old > c.N {
		return nil, refuse(http.StatusBadRequest)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	last, err := w.state.Load(c.Origin)
	if err != nil {
		return nil, err
	}
	switch {
	case old != last.N, old == c.N && old > 0 && last.Hash != c.Hash:
		return nil, &Refusal{Status: http.StatusConflict, Size: last.N}
	case old == 0 && len(proof) > 0, old == c.N && len(proof) > 0:
		return nil, refuse(http.StatusUnprocessableEntity)
	case old > 0 && tlog.CheckTree(proof, c.N, c.Hash, old, last.Hash) != nil:
		return nil, refuse(http.StatusUnprocessableEntity)
	}
	if err := w.state.Save(c.Origin, c.Tree); err != nil {
		return nil, err
	}
	cosigned, err := note.Sign(&note.Note{Text: c.Text()}, w.signer)
	if err != nil {
		return nil, err
	}
	_, lines, _ := bytes.Cut(cosigned, []byte("\n\n"))
	return lines, nil
}

// checkpoint reads a checkpoint that one of the logs signed.
func (w *Witness) checkpoint(signed []byte) (c receipt.Checkpoint, err error) {
	origin, _, _ := strings.Cut(string(signed), "\n")
	keys, known := w.logs[origin]
	if !known {
		return c, refuse(http.StatusNotFound)
	}
	for _, k := range keys {
		c, _, err = receipt.OpenCheckpoint(signed, k, nil)
		// Lines behind the third are signed with the rest, and this witness says nothing about them.
		if err == nil && strings.HasPrefix(string(signed), c.Text()+"\n") {
			return c, nil
		}
	}
	return c, refuse(http.StatusForbidden)
}

var errBody = errors.New("witness: the request can't be read")

// parse takes a request apart.
func parse(body []byte) (old int64, proof []tlog.Hash, signed []byte, err error) {
	head, signed, ok := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(body) > maxBody || len(lines) > 1+maxProof {
		return 0, nil, nil, errBody
	}
	size, ok := strings.CutPrefix(lines[0], "old ")
	old, err = strconv.ParseInt(size, 10, 64)
	if !ok || err != nil || old < 0 || strconv.FormatInt(old, 10) != size {
		return 0, nil, nil, errBody
	}
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return 0, nil, nil, errBody
		}
		proof = append(proof, h)
	}
	return old, proof, signed, nil
}
