package store

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// textOf draws text that repeats pieces of the dictionary and of itself.
func textOf(t *rapid.T, dict []byte) []byte {
	var text []byte
	for range rapid.IntRange(0, 12).Draw(t, "pieces") {
		switch from := rapid.IntRange(0, 3).Draw(t, "from"); {
		case from == 0 && len(dict) > 0:
			at := rapid.IntRange(0, len(dict)-1).Draw(t, "at")
			text = append(text, dict[at:min(len(dict), at+rapid.IntRange(1, 300).Draw(t, "n"))]...)
		case from == 1 && len(text) > 0:
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			for range rapid.IntRange(1, 3).Draw(t, "times") {
				text = append(text, text[at:min(len(text), at+300)]...)
			}
		default:
			text = append(text, rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "new")...)
		}
	}
	return text
}

func TestWhatIsPackedComesBack(t *testing.T) {
	whole, err := dictionaries.ReadFile("dict/1.text")
	if err != nil {
		t.Fatal(err)
	}
	packers := []*lz{newLZ(nil), newLZ([]byte("abcdefgh")), newLZ(whole)}
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.SampledFrom(packers).Draw(t, "dictionary")
		text := textOf(t, z.dict)
		before := []byte("before")
		packed := z.pack(nil, text)
		back, ok := z.unpack(before, packed, len(text))
		if !ok || string(back) != "before"+string(text) {
			t.Fatalf("%q came back as %q, %v", text, back, ok)
		}
		if len(text) > 0 {
			if _, ok := z.unpack(nil, packed, len(text)-1); ok {
				t.Fatal("more than the limit was unpacked")
			}
			if _, ok := z.unpack(nil, packed[:len(packed)-1], len(text)); ok {
				t.Fatal("a packed text without its end was taken")
			}
		}
		if _, ok := z.unpack(nil, append(packed, 0), len(text)); ok {
			t.Fatal("something behind the end was taken")
		}
	})
}

func TestLongTextsComeBack(t *testing.T) {
	z := newLZ([]byte("a dictionary"))
	for _, text := range []string{strings.Repeat("a", 1<<20), strings.Repeat("0123456789abcdefghij", 50_000), strings.Repeat("a dictionary", 3)} {
		packed := z.pack(nil, []byte(text))
		if len(packed) > 100 {
			t.Errorf("%d bytes became %d", len(text), len(packed))
		}
		if back, ok := z.unpack(nil, packed, maxBody); !ok || string(back) != text {
			t.Errorf("%.20s… did not come back", text)
		}
	}
}

// The bytes that lz.go describes, put together by hand.
func TestPackedBytesAreThoseThatAreWrittenDown(t *testing.T) {
	z := newLZ([]byte("0123456789"))
	for packed, want := range map[string]string{
		"\x00":                     "",
		"\x03\x30abc":              "abc",
		"\x06\x24ab\x00\x00":       "",     // as far back as a copy that was not
		"\x08\x00\x0a\x04\x00":     "0123", // refused: the length says 8, and a step is cut off
		"\x04\x00\x0a":             "0123",
		"\x08\x00\x0a\x00\x00":     "01234567",
		"\x0c\x02\x04\x02\x00":     "678967" + "896789",
		"\x07\x14x\x00\x00":        "",
		"\x05\x10x\x01":            "xxxxx",
		"\x04\x00\x0b":             "", // before the dictionary
		"\x04\x00\x00":             "",
		"\x04\xf0":                 "",
		"\xff\xff\xff\xff\xff\x7f": "",
	} {
		back, ok := z.unpack(nil, []byte(packed), maxBody)
		refused := want == "" && packed != "\x00" || packed == "\x08\x00\x0a\x04\x00"
		if ok == refused || ok && string(back) != want {
			t.Errorf("%q gives %q, %v", packed, back, ok)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	z := newLZ([]byte("0123456789abcdefghijklmnopqrstuvwxyz"))
	f.Add([]byte{}, []byte("abc"))
	f.Add(z.pack(nil, []byte("0123456789 and 0123456789 and more")), []byte("0123456789 and 0123456789"))
	f.Add(binary.AppendUvarint(nil, 1<<40), bytes.Repeat([]byte("x"), 100))
	f.Fuzz(func(t *testing.T, packed, text []byte) {
		if out, ok := z.unpack(nil, packed, 1<<16); ok && len(out) > 1<<16 {
			t.Error("more than the limit")
		}
		if back, ok := z.unpack(nil, z.pack(nil, text), len(text)); !ok || !bytes.Equal(back, text) {
			t.Errorf("%q came back as %q", text, back)
		}
	})
}
