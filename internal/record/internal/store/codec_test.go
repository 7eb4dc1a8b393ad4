package store

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
)

func TestPackSizes(t *testing.T) {
	files, _ := filepath.Glob("../../../../../shared/suites/synthea-r4/*.gz")
	if len(files) == 0 {
		t.Skip("the outside suite synthea-r4 is not here")
	}
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	plain, packed, n := 0, 0, 0
	for _, f := range files[:20] {
		fh, _ := os.Open(f)
		z, _ := gzip.NewReader(fh)
		src, _ := io.ReadAll(z)
		tree, err := fhir.Parse(src, fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for e := range tree.Root().Get("entry").Each() {
			body := e.Get("resource").Raw()
			p := c.pack(nil, body)
			back, err := c.unpack(nil, p)
			if err != nil || !bytes.Equal(back, body) {
				t.Fatal(err)
			}
			plain, packed, n = plain+len(body), packed+len(p), n+1
		}
	}
	t.Logf("%d bodies, %d bytes each, packed to %d", n, plain/n, packed/n)
}

func BenchmarkPack(b *testing.B) {
	files, _ := filepath.Glob("../../../../../shared/suites/synthea-r4/*.gz")
	if len(files) == 0 {
		b.Skip("the outside suite synthea-r4 is not here")
	}
	c, err := newCodec()
	if err != nil {
		b.Fatal(err)
	}
	fh, _ := os.Open(files[1])
	z, _ := gzip.NewReader(fh)
	src, _ := io.ReadAll(z)
	tree, err := fhir.Parse(src, fhir.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	var bodies [][]byte
	for e := range tree.Root().Get("entry").Each() {
		bodies = append(bodies, e.Get("resource").Raw())
	}
	var buf, back []byte
	b.Run("pack", func(b *testing.B) {
		for i := range b.N {
			buf = c.pack(buf[:0], bodies[i%len(bodies)])
		}
	})
	b.Run("unpack", func(b *testing.B) {
		buf = c.pack(nil, bodies[7])
		for range b.N {
			back, _ = c.unpack(back[:0], buf)
		}
	})
}
