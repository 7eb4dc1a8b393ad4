package audit

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/db"
)

// Tiles have 256 hashes (C2SP tlog-tiles).
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	tileFull   = tileWidth * tlog.HashSize

	recordLevel = -1 // of tiles that hold records
)

type tileID struct{ level, n int64 }

// edge is the right edge of the tree: at each level the tile that grows. It is all that appending needs.
type edge struct {
	size    int64
	records []byte   // the growing tile of records
	levels  [][]byte // the growing tiles of hashes
	changed map[tileID][]byte
}

// tileOf is the tile at a level that grows when the tree has a size, and its width.
func tileOf(size int64, level int) (n int64, width int) {
	hashes := size >> (tileHeight * level)
	return hashes >> tileHeight, int(hashes & (tileWidth - 1))
}

// loadEdge reads the edge of a tree of a size.
func loadEdge(tx *db.Tx, size int64) (*edge, error) {
	e := &edge{size: size, changed: map[tileID][]byte{}}
	n, width := tileOf(size, 0)
	if width > 0 {
		data, err := readTile(tx, tileID{recordLevel, n})
		if err != nil {
			return nil, err
		}
		records, err := splitRecords(data)
		if err != nil || len(records) != width {
			return nil, errTile(tileID{recordLevel, n})
		}
		e.records = data
	}
	for level := 0; size>>(tileHeight*level) > 0; level++ {
		n, width := tileOf(size, level)
		var data []byte
		if width > 0 {
			var err error
			if data, err = readTile(tx, tileID{int64(level), n}); err != nil {
				return nil, err
			}
			if len(data) != width*tlog.HashSize {
				return nil, errTile(tileID{int64(level), n})
			}
		}
		e.levels = append(e.levels, data)
	}
	return e, nil
}

func errTile(id tileID) error {
	return fmt.Errorf("audit: tile %d of level %d of the access log is missing or damaged", id.n, id.level)
}

// readTile reads a tile; nil is none.
func readTile(tx *db.Tx, id tileID) (data []byte, err error) {
	_, err = tx.One("SELECT data FROM log_tile WHERE level = $1 AND n = $2", []any{id.level, id.n}, func(r *db.Row) error {
		data = append([]byte(nil), r.Bytes(0)...)
		return nil
	})
	return data, err
}

// append adds a record.
func (e *edge) append(record []byte) {
	n, _ := tileOf(e.size, 0)
	e.records = append(binary.BigEndian.AppendUint16(e.records, uint16(len(record))), record...)
	e.changed[tileID{recordLevel, n}] = e.records
	hash := tlog.RecordHash(record)
	for level := 0; ; level++ {
		if level == len(e.levels) {
			e.levels = append(e.levels, nil)
		}
		n, _ := tileOf(e.size, level)
		e.levels[level] = append(e.levels[level], hash[:]...)
		e.changed[tileID{int64(level), n}] = e.levels[level]
		if len(e.levels[level]) < tileFull {
			break
		}
		hash = tileRoot(e.levels[level])
		e.levels[level] = nil
		if level == 0 {
			e.records = nil
		}
	}
	e.size++
}

// tileRoot is the hash over a full tile, or over any power of two of hashes.
func tileRoot(data []byte) tlog.Hash {
	if len(data) == tlog.HashSize {
		return tlog.Hash(data)
	}
	half := len(data) / 2
	return tlog.NodeHash(tileRoot(data[:half]), tileRoot(data[half:]))
}

// root is the hash over the tree.
func (e *edge) root() (tlog.Hash, error) {
	return tlog.TreeHash(e.size, hashesIn(func(id tileID) ([]byte, error) {
		if int(id.level) < len(e.levels) {
			if n, _ := tileOf(e.size, int(id.level)); n == id.n {
				return e.levels[id.level], nil
			}
		}
		return nil, errTile(id)
	}))
}

// hashesIn reads the hashes of a tree from its tiles.
func hashesIn(tile func(tileID) ([]byte, error)) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			t := tlog.TileForIndex(tileHeight, x)
			data, err := tile(tileID{int64(t.L), t.N})
			if err != nil {
				return nil, err
			}
			if t.W = len(data) / tlog.HashSize; t.W < 1 || t.W > tileWidth {
				return nil, errTile(tileID{int64(t.L), t.N})
			}
			if out[i], err = tlog.HashFromTile(t, data, x); err != nil {
				return nil, fmt.Errorf("audit: the tree of the access log: %w", err)
			}
		}
		return out, nil
	})
}

// hashesOf reads the hashes of the stored tree, each tile once.
func hashesOf(tx *db.Tx) tlog.HashReader {
	have := map[tileID][]byte{}
	return hashesIn(func(id tileID) ([]byte, error) {
		if data, ok := have[id]; ok {
			return data, nil
		}
		data, err := readTile(tx, id)
		if err == nil {
			have[id] = data
		}
		return data, err
	})
}

var errRecords = errors.New("audit: a tile of records of the access log is damaged")

// splitRecords takes a tile of records apart.
func splitRecords(data []byte) (records [][]byte, err error) {
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return records, errRecords
		}
		n := 2 + int(binary.BigEndian.Uint16(data))
		records = append(records, data[2:n])
		data = data[n:]
	}
	return records, nil
}
