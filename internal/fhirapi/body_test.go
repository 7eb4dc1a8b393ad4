package fhirapi

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/bevanhealth/bevan/fhir"
)

// What is held of a body grows with what came of it, whatever was promised, and
// is little more than the body in the end.
func TestABodyIsHeldOnce(t *testing.T) {
	for _, size := range []int{0, 1, 511, 512, 513, 70_000, 1<<20 - 1, 1 << 20, 1<<20 + 1, 5_000_000} {
		text := bytes.Repeat([]byte("x"), size)
		for _, promise := range []int64{-1, 0, int64(size), int64(size) + 1, int64(size) / 2, 64 << 20} {
			got, err := readAll(iotest.HalfReader(bytes.NewReader(text)), promise)
			if err != nil || !bytes.Equal(got, text) {
				t.Fatalf("%d bytes, %d promised: %d came, %v", size, promise, len(got), err)
			}
			if most := max(size+size/4+1024, 2*min(size, 1<<20), int(min(promise+1, 1<<20)), 512); cap(got) > most {
				t.Errorf("%d bytes, %d promised: %d are held, more than %d", size, promise, cap(got), most)
			}
			if promise == int64(size) && cap(got) > max(size+1, 512) {
				t.Errorf("%d bytes, as many as promised: %d are held", size, cap(got))
			}
		}
	}
	broken := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if got, err := readAll(broken, 8); string(got) != "half" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a body that breaks off gives %q, %v", got, err)
	}
}

// The room that a body takes is no less than its text and its tree.
func TestTheCostOfABodyHoldsItsTree(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `1`, `"a,b"`, `{"a":1}`, `[1,2,[3,{"b":[]}],{"c":{}}]`, `{"resourceType":"Patient","name":[{"given":["x","y"]}]}`,
		`[` + strings.Repeat(`"x",`, 999) + `"x"]`, strings.Repeat(`[`, 150) + strings.Repeat(`]`, 150), `{"a":"` + strings.Repeat("x", 1000) + `"}`,
	} {
		tree, err := fhir.Parse([]byte(text), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got, least := cost([]byte(text)), int64(len(text)+28*tree.NodeCount()); got < least {
			t.Errorf("%.40s costs %d, and its tree of %d values alone %d", text, got, tree.NodeCount(), least)
		}
	}
	if most := cost(bytes.Repeat([]byte(","), 64<<20)); most > 64<<20+treeNode*int64(fhir.DefaultLimits.Nodes) {
		t.Errorf("what has more values than a tree may have costs %d", most)
	}
}
