package store

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/klauspost/compress/s2"
	"pgregory.net/rapid"
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
	for _, f := range files {
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

// Whatever the layout and the size, what is packed comes back, and what is
// damaged is refused or comes back as something of the same size: the seal
// around it tells.
func TestWhatIsPackedComesBack(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	pieces := []string{`{"resourceType":"Observation"`, "\n", "  ", "    ", "        ", `"status": "final"`, strings.Repeat("a", 70_000), "\x00\xff", `"code":{`}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", "{", "{\n  ", "{\n    ", "{\n        ", "{\n                "}).Draw(t, "beginning")
		for range rapid.IntRange(0, 12).Draw(t, "pieces") {
			text += rapid.SampledFrom(pieces).Draw(t, "piece")
		}
		packed := c.pack([]byte("before"), []byte(text))
		if !bytes.HasPrefix(packed, []byte("before")) {
			t.Fatal("what lay before is gone")
		}
		packed = packed[len("before"):]
		back, err := c.unpack([]byte("head"), packed)
		if err != nil || string(back) != "head"+text {
			t.Fatalf("%.40q came back as %.40q, %v", text, back, err)
		}
		if _, err := c.unpack(nil, packed[:len(packed)-1]); err == nil && len(text) > 0 {
			t.Fatal("a packed text without its end was taken")
		}
		for _, first := range []byte{0, byZstd + 1, 255} {
			if _, err := c.unpack(nil, append([]byte{first}, packed[1:]...)); err == nil {
				t.Fatalf("dictionary %d is known", first)
			}
		}
	})
	if _, err := c.unpack(nil, nil); err == nil {
		t.Error("nothing was unpacked")
	}
}

func FuzzUnpack(f *testing.F) {
	c, err := newCodec()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(c.pack(nil, []byte(`{"resourceType":"Patient","id":"1"}`)))
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, packed []byte) {
		if n, err := s2.DecodedLen(packed[min(1, len(packed)):]); err == nil && n > 1<<24 {
			return // a body of that size would only slow the fuzzer down
		}
		_, _ = c.unpack(nil, packed) // and must not panic
	})
}

// What repeats itself packs to next to nothing, and comes back all the same.
func TestLongTextsComeBack(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{strings.Repeat("A", 64<<20), strings.Repeat("0123456789abcdefghij", 200_000), strings.Repeat("\x00", 1<<20)} {
		packed := c.pack(nil, []byte(text))
		back, err := c.unpack(nil, packed)
		if err != nil || string(back) != text {
			t.Errorf("%d bytes, packed to %d, did not come back: %v", len(text), len(packed), err)
		}
	}
}

// Each layout has its dictionary, and is told by how a body begins.
func TestLayoutsHaveDictionaries(t *testing.T) {
	for n := range layouts {
		data, err := dictionaries.ReadFile(fmt.Sprintf("dict/%d.s2dict", n+1))
		if err != nil || len(data) < 10_000 || len(data) > s2.MaxDictSize+8 {
			t.Errorf("dictionary %d has %d bytes: %v", n+1, len(data), err)
		}
	}
	for body, want := range map[string]int{"{}": 0, "{\"a\":1}": 0, "{\n\"a\":1}": 1, "{\n  \"a\"": 1, "{\n    \"a\"": 2, "{\n        \"": 3, "{\n                \"": 4, "": 0} {
		if got := layoutOf([]byte(body)); got != want {
			t.Errorf("%q has layout %d, want %d", body, got, want)
		}
	}
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
