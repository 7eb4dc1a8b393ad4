package seal

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Whatever a file holds, reading it never panics, and what is taken is exactly what would be written.
func FuzzDecode(f *testing.F) {
	path := filepath.Join(f.TempDir(), "keys.json")
	r, err := Create(path)
	if err != nil {
		f.Fatal(err)
	}
	if err := r.Rotate(); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("{}"))
	f.Add([]byte(`{"format":"bevan-keys-1","master_keys":[{"id":1,"made":"2026-01-01T00:00:00Z","key":"AA=="}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := decode(text)
		if err == nil && !bytes.Equal(s.encode(), text) {
			t.Fatal("taken, but not as it stands")
		}
	})
}
