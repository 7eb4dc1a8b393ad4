package app

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/suitetest"
)

// TestInferno holds the whole program against the checks of Inferno, written
// anew: the kits for SMART App Launch 2.2 (without its suite for clients), for
// ONC's criterion (g)(10), and for Bulk Data. What does not apply stands on the
// list with its reason.
func TestInferno(t *testing.T) {
	suite := infernoChecks(t)
	list := suitetest.List(t, "testdata/inferno.txt")
	eachPlace(t, func(t *testing.T, at place) {
		k := newKit(t, at)
		cases := suitetest.Cases{}
		for _, part := range []suitetest.Cases{k.launchChecks(), k.tokenChecks(), k.openIDChecks(), k.discoveryChecks(), k.backendChecks(), k.brandChecks(), k.accessChecks(), k.bulkChecks()} {
			for name, run := range part {
				cases[name] = run
			}
		}
		cases.Run(t, suite, list)
	})
}

// infernoChecks names each check of the kits for servers once: by its id, or
// where that is not its own, by its file and title.
func infernoChecks(t *testing.T) []string {
	t.Helper()
	dir := suitetest.Dir(t, "requirements")
	var out []string
	for _, kit := range []string{"smart", "g10", "bulk", "tls"} {
		for _, r := range suitetest.Table(t, filepath.Join(dir, "inferno_"+kit+".tsv")) {
			if r["kind"] != "test" || strings.HasPrefix(r["file"], "client_suite/") || strings.HasPrefix(r["id"], "bulk_data_client_") {
				continue
			}
			name := infernoName(r["file"], r["id"], r["title"])
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

var ownID = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)+$`)

func infernoName(file, id, title string) string {
	if ownID.MatchString(id) {
		return id
	}
	file = strings.TrimSuffix(filepath.Base(file), ".rb")
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return file + "." + strings.Join(words[:min(len(words), 12)], "_")
}
