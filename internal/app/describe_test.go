package app

import (
	"strings"
	"testing"
)

func TestAnAppIsDescribedAtTheCommandLine(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		_, keys := newKeys(t, "1")
		id := bevan(t, p.args("client", "add", "Run Club", "--jwks", keys, "--scope", "system/Patient.r")...).lastLine()
		got := bevan(t, p.args("client", "describe", id, "--owner", "Run Club Ltd, Leeds", "--purpose", "To plan your training.")...)
		if got.code != exitOK || !strings.Contains(got.out, "Run Club Ltd, Leeds") {
			t.Errorf("%+v", got)
		}
		for _, bad := range [][]string{{"app-nothing", "--owner", "x"}, {id, "--owner", " "}, {id, "--owner", "two\nlines"}} {
			if got := bevan(t, p.args(append([]string{"client", "describe"}, bad...)...)...); got.code != exitFailed {
				t.Errorf("%q: %+v", bad, got)
			}
		}
		if got := bevan(t, p.args("client", "describe", id)...); got.code == exitOK {
			t.Errorf("without an owner: %+v", got)
		}
	})
}
