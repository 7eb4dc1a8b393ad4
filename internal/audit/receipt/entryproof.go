package receipt

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const proofHead = "c2sp.org/tlog-proof@v1"

// maxProof is the size in bytes of the largest proof of one entry that is read: an entry may have a list
// of ten thousand resources.
const maxProof = 2 << 20

// FormatProof writes the proof of one entry (C2SP tlog-proof). The extra data are nonce and entry.
func FormatProof(e Entry, checkpoint string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nextra %s\nindex %d\n", proofHead, base64.StdEncoding.EncodeToString(append(e.Nonce[:len(e.Nonce):len(e.Nonce)], e.Entry...)), e.Index)
	for _, h := range e.Path {
		fmt.Fprintln(&b, h)
	}
	b.WriteString("\n" + checkpoint)
	return b.Bytes()
}

var errProof = errors.New("receipt: not a proof of an entry")

// parseProof reads what FormatProof wrote.
func parseProof(b []byte) (e Entry, checkpoint string, err error) {
	head, checkpoint, ok := strings.Cut(string(b), "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(b) > maxProof || len(lines) < 3 || len(lines) > 3+63 || lines[0] != proofHead {
		return e, "", errProof
	}
	extra, ok := strings.CutPrefix(lines[1], "extra ")
	raw, err := base64.StdEncoding.Strict().DecodeString(extra)
	if !ok || err != nil || len(raw) <= NonceSize {
		return e, "", errProof
	}
	e.Nonce, e.Entry = raw[:NonceSize], raw[NonceSize:]
	index, ok := strings.CutPrefix(lines[2], "index ")
	e.Index, err = strconv.ParseInt(index, 10, 64)
	if !ok || err != nil || e.Index < 0 || strconv.FormatInt(e.Index, 10) != index {
		return e, "", errProof
	}
	for _, line := range lines[3:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return e, "", errProof
		}
		e.Path = append(e.Path, h)
	}
	return e, checkpoint, nil
}

// IsProof says whether a file is the proof of one entry, rather than a receipt.
func IsProof(b []byte) bool { return bytes.HasPrefix(b, []byte(proofHead+"\n")) }

// VerifyProof checks the proof of one entry. It says that the entry is in the log, and nothing of what
// else is.
func VerifyProof(b []byte, log note.Verifier, witnesses []*Witness) (Result, error) {
	e, checkpoint, err := parseProof(b)
	if err != nil {
		return Result{}, err
	}
	c, seen, err := OpenCheckpoint([]byte(checkpoint), log, witnesses)
	if err != nil {
		return Result{}, wrong(-1, "the checkpoint isn't signed by the log's key")
	}
	leaf := Commit(e.Nonce, e.Entry)
	if e.Index >= c.N || tlog.CheckRecord(e.Path, c.N, c.Hash, e.Index, tlog.RecordHash(leaf[:])) != nil {
		return Result{}, wrong(e.Index, "entry %d isn't the one that is in the log", e.Index)
	}
	res := Result{Checkpoint: c, Seen: seen, Entries: [][]byte{e.Entry}}
	if len(seen) > 0 {
		res.Witnessed = c.N
	}
	return res, nil
}
