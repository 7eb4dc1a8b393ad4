package audit

import (
	"context"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// File is a part of the log that anybody may have: it says how many entries there are and when they came,
// and nothing of who looked at whom.
type File struct {
	Data []byte
	// Type is its media type.
	Type string
	// Lasting says that it never changes.
	Lasting bool
}

// File gives a file of the log by its path below the log's prefix, as C2SP's tlog-tiles names them:
// "checkpoint", "tile/0/000" and its like; "key" is the log's public key, and "witnessed" the newest
// checkpoint that a witness cosigned.
func (l *Log) File(ctx context.Context, path string) (f File, err error) {
	if key := l.Key(); path == "key" && key != "" {
		return File{Data: []byte(key + "\n"), Type: "text/plain; charset=utf-8"}, nil
	}
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		switch path {
		case "checkpoint":
			f, err = checkpointFile(tx, "note")
			return err
		case "witnessed":
			f, err = checkpointFile(tx, "witnessed")
			return err
		}
		f, err = tileFile(tx, path)
		return err
	})
	return f, err
}

var errNoFile = problem.New(problem.NotFound, "There is no such part of the access log. Ask for checkpoint first: it says how large the log is.")

func checkpointFile(tx *db.Tx, column string) (f File, err error) {
	_, err = tx.One("SELECT "+column+" FROM log_head WHERE one = 1", nil, func(r *db.Row) error {
		f = File{Data: []byte(r.Text(0)), Type: "text/plain; charset=utf-8"}
		return nil
	})
	if err == nil && len(f.Data) == 0 {
		err = errNoFile
	}
	return f, err
}

func tileFile(tx *db.Tx, path string) (f File, err error) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok || len(path) > 100 {
		return f, errNoFile
	}
	// The library's paths name the height, which is always 8 here, and call records data.
	if entries, ok := strings.CutPrefix(rest, "entries/"); ok {
		rest = "data/" + entries
	} else if strings.HasPrefix(rest, "data/") {
		return f, errNoFile
	}
	t, err := tlog.ParseTilePath("tile/" + strconv.Itoa(tileHeight) + "/" + rest)
	if err != nil {
		return f, errNoFile
	}
	data, err := readTile(tx, tileID{int64(t.L), t.N})
	if err != nil {
		return f, err
	}
	if t.L == recordLevel {
		data, ok = firstRecords(data, t.W)
	} else if ok = len(data) >= t.W*tlog.HashSize; ok {
		data = data[:t.W*tlog.HashSize]
	}
	if !ok {
		return f, errNoFile
	}
	return File{Data: data, Type: "application/octet-stream", Lasting: true}, nil
}

// firstRecords cuts a tile of records to a width.
func firstRecords(data []byte, width int) ([]byte, bool) {
	records, err := splitRecords(data)
	if err != nil || len(records) < width {
		return nil, false
	}
	n := 0
	for _, r := range records[:width] {
		n += 2 + len(r)
	}
	return data[:n], true
}

// Checkpoint gives the newest head of the log, and the newest that witnesses cosigned ("" where none is).
func (l *Log) Checkpoint(ctx context.Context) (newest, witnessed string, err error) {
	err = l.db.Query(ctx, "SELECT note, witnessed FROM log_head WHERE one = 1", nil, func(r *db.Row) error {
		newest, witnessed = r.Text(0), r.Text(1)
		return nil
	})
	return newest, witnessed, err
}

// Consistency proves that the tree of size to goes on from that of size from (RFC 6962, section 2.1.2).
func (l *Log) Consistency(ctx context.Context, from, to int64) (proof []tlog.Hash, err error) {
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		proof, err = tlog.ProveTree(to, from, hashesOf(tx))
		return err
	})
	return proof, err
}

// Witnessed keeps a checkpoint with what witnesses added to it, unless a newer one is kept.
func (l *Log) Witnessed(ctx context.Context, signed []byte) error {
	k := l.keys.Load()
	if k == nil {
		return problem.New(problem.Unavailable, sentenceClosed)
	}
	c, _, err := receipt.OpenCheckpoint(signed, k.verifier, nil)
	if err != nil {
		return err
	}
	return l.db.Write(ctx, func(tx *db.Tx) error {
		was := ""
		if _, err := tx.One("SELECT witnessed FROM log_head WHERE one = 1", nil, func(r *db.Row) error { was = r.Text(0); return nil }); err != nil {
			return err
		}
		if was != "" {
			if old, _, err := receipt.OpenCheckpoint([]byte(was), k.verifier, nil); err == nil && old.N > c.N {
				return nil
			}
		}
		_, err := tx.Exec("UPDATE log_head SET witnessed = $1 WHERE one = 1 AND size >= $2", string(signed), c.N)
		return err
	})
}
