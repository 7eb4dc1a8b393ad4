package audit

import (
	"bytes"
	"encoding/hex"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/access"
)

func FuzzDecode(f *testing.F) {
	e := Entry{Request: "r", Who: access.Who{Actor: "a", For: -3}, Params: []string{"code"}, Query: []byte{9}, Total: -1,
		Returned: []Ref{{"Patient", "1", 1}, {"Patient", "7d3f7d7e-3d1c-4c2a-9a3b-0123456789ab", 2}}}
	f.Add(e.encode(nil))
	f.Add((&Entry{}).encode(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var e Entry
		if e.decode(b) != nil {
			return
		}
		var again Entry
		if err := again.decode(e.encode(nil)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.encode(nil), e.encode(nil)) {
			t.Fatal("changed")
		}
	})
}

func TestEveryEntryComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`))
		e := Entry{
			Request: text.Draw(t, "request"), Type: text.Draw(t, "type"), Rule: text.Draw(t, "rule"),
			Who:     access.Who{Actor: text.Draw(t, "actor"), For: rapid.Int64().Draw(t, "for"), Role: access.Role(rapid.Byte().Draw(t, "role"))},
			Outcome: rapid.IntRange(0, 999).Draw(t, "outcome"), Total: rapid.Int64().Draw(t, "total"),
		}
		e.Who.Mandate, e.Job, e.Bytes = text.Draw(t, "mandate"), text.Draw(t, "job"), rapid.Int64().Draw(t, "bytes")
		for range rapid.IntRange(0, 4).Draw(t, "choices") {
			e.By = append(e.By, By{text.Draw(t, "consent"), rapid.Int64().Draw(t, "version"), text.Draw(t, "path")})
		}
		e.Params = rapid.SliceOfN(text, 1, 5).Draw(t, "params")
		for range rapid.IntRange(1, 9).Draw(t, "refs") {
			e.Returned = append(e.Returned, Ref{text.Draw(t, "type"), text.Draw(t, "id"), rapid.Int64().Draw(t, "version")})
		}
		blob := e.encode(nil)
		var got Entry
		if err := got.decode(blob); err != nil {
			t.Fatal(err)
		}
		if got.Request != e.Request || got.Who != e.Who || got.Job != e.Job || got.Bytes != e.Bytes || !slices.Equal(got.By, e.By) || got.Total != e.Total || len(got.Returned) != len(e.Returned) || got.Returned[0] != e.Returned[0] {
			t.Fatal(got, e)
		}
		if !bytes.Equal(got.encode(nil), blob) {
			t.Fatal("changed")
		}
		for n := range blob {
			if (&Entry{}).decode(blob[:n]) == nil {
				t.Fatal("a cut entry was read")
			}
		}
	})
}

// An entry that the first layout wrote is read as it was.
func TestTheFirstLayoutStaysReadable(t *testing.T) {
	old := Entry{Request: "r", Who: access.Who{Actor: "a", For: -3}, Params: []string{"code"}, Query: []byte{9}, Total: -1,
		Returned: []Ref{{"Patient", "1", 1}}}
	blob := append([]byte{layoutFirst}, old.encode(nil)[1:]...)
	blob = blob[:len(blob)-4] // no mandate, job, bytes and choices
	if got, want := hex.EncodeToString(blob), "01000000000000050101720161000000000000010901"+"04636f646501"+"000750617469656e74013101"; got != want {
		t.Fatalf("the first layout was %s, and is now %s", want, got)
	}
	var got Entry
	if err := got.decode(blob); err != nil || got.Request != "r" || got.Who != old.Who || got.Returned[0] != old.Returned[0] || got.By != nil {
		t.Fatal(got, err)
	}
	for _, wrong := range []byte{0, layout, layout + 1} {
		if (&Entry{}).decode(append([]byte{wrong}, blob[1:]...)) == nil {
			t.Errorf("layout %d was read as the first", wrong)
		}
	}
}
