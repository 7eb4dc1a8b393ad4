package audit

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/audit/witness"
)

// Cosigner asks a witness for its signature under a checkpoint; a client of package witness is one.
type Cosigner interface {
	Name() string
	Ask(ctx context.Context, l witness.Log, signed []byte, at receipt.Checkpoint) (note.Signature, error)
}

// Attest asks witnesses to cosign the newest checkpoint, where one is newer than what they cosigned last,
// and keeps it with the signatures of those who did. The error names those who did not.
func (l *Log) Attest(ctx context.Context, witnesses []Cosigner) error {
	k := l.keys.Load()
	newest, witnessed, err := l.Checkpoint(ctx)
	if err != nil || k == nil || newest == "" {
		return err
	}
	at, _, err := receipt.OpenCheckpoint([]byte(newest), k.verifier, nil)
	if err != nil {
		return err
	}
	if witnessed != "" {
		was, _, err := receipt.OpenCheckpoint([]byte(witnessed), k.verifier, nil)
		if err != nil || was.N >= at.N {
			return err
		}
	}
	n, err := note.Open([]byte(newest), note.VerifierList(k.verifier))
	if err != nil {
		return err
	}
	var failed []error
	for _, w := range witnesses {
		sig, err := w.Ask(ctx, l, []byte(newest), at)
		if err != nil {
			failed = append(failed, fmt.Errorf("audit: the witness %s: %w", w.Name(), err))
			continue
		}
		n.Sigs = append(n.Sigs, sig)
	}
	if len(n.Sigs) > 1 {
		signed, err := note.Sign(n)
		if err == nil {
			err = l.Witnessed(ctx, signed)
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}
