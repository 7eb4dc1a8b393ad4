package arch

import (
	"strings"
	"testing"
)

// floors says on which floor each room stands. Imports go to a strictly lower
// floor; what lies below a room's folder is that room. Pure rooms may use each
// other, since they hold nothing and the compiler refuses circles.
var floors = map[string]int{
	"fhir":             pure,
	"growth":           pure,
	"internal/problem": pure,
	"internal/access":  pure,
	"internal/sim":     pure,

	"internal/db":    ground,
	"internal/seal":  ground,
	"internal/fetch": ground, // messages and keys of others are fetched by one client

	"internal/audit":  plant,
	"internal/jobs":   plant,
	"internal/notify": plant,
	"internal/web":    plant,

	"internal/identity": 20,
	"internal/record":   30,
	"internal/consent":  40,

	"internal/child":    feature,
	"internal/genome":   feature,
	"internal/device":   feature,
	"internal/cancer":   feature,
	"internal/cds":      feature,
	"internal/exchange": feature,
	"internal/apps":     feature,
	"internal/cohort":   feature,

	"internal/fhirapi": door,
	"internal/smart":   door,
	"internal/portal":  door,

	"internal/child/vaccine": pure, // the rules of schedules, without anybody's record
	"internal/child/book":    pure, // rules as data, and what follows from entries

	"internal/portal/chart": pure, // a room inside of a room: drawings know nothing of pages

	"internal/app": 70,
	"cmd/bevan":    80,

	"internal/arch":      0,  // tests only; it may use nothing of ours
	"internal/suitetest": 0,  // tests only; finds the suites and packages outside
	"docs":               90, // tests only; its examples run against the whole program
}

const (
	pure    = 0
	ground  = 9  // plant that other plant stands on: the access log and the jobs keep rows in db
	plant   = 10 //
	feature = 50
	door    = 60
)

// roomOf is the room that a folder belongs to, with its floor: the innermost.
func roomOf(dir string) (room string, floor int, known bool) {
	for r, f := range floors {
		if within(dir, r) && len(r) > len(room) {
			room, floor, known = r, f, true
		}
	}
	return room, floor, known
}

func TestImportsGoDown(t *testing.T) { importsGoDown(t, sources(t)) }

func importsGoDown(t reporter, all []*source) {
	for _, s := range all {
		room, floor, known := roomOf(s.dir)
		if !known {
			t.Errorf("%s: no room is known by that folder. Put the code in a room of the house, or argue for a new one in docs/decisions and list it here.", s.path)
			continue
		}
		for _, im := range s.imports {
			dir, mine := strings.CutPrefix(im, ours+"/")
			if !mine {
				continue
			}
			to, toFloor, known := roomOf(dir)
			switch {
			case !known:
				t.Errorf("%s imports %s, which is in no known room", s.path, im)
			case to == room, floor == pure && toFloor == pure:
			case strings.HasSuffix(s.path, "_test.go") && testRoom(dir) && toFloor <= floor:
			case toFloor >= floor:
				t.Errorf("%s (%s, floor %d) imports %s (floor %d). Imports go down, so that each floor can be read and tested without the ones above. News travels up through record.Follow.",
					s.path, room, floor, im, toFloor)
			}
		}
	}
}

// bans are imports that only some rooms may have, each with its reason. A room
// in may, and what lies below it, is free of the ban.
var bans = []struct {
	imports string // an import path, and what lies below it
	may     []string
	tests   bool // tests of every room are free as well
	reason  string
}{
	{ours + "/internal/record/internal", []string{"internal/record"}, false,
		"data about a person leaves storage only through record (one door)"},
	{"zombiezen.com/go/sqlite", []string{"internal/db"}, false,
		"one room talks to SQLite, so that settings, errors and durability are decided once"},
	{"modernc.org/sqlite", []string{"internal/db"}, false,
		"one room talks to SQLite, so that settings, errors and durability are decided once"},
	{"github.com/jackc/pgx", []string{"internal/db"}, false,
		"one room talks to PostgreSQL, so that pooling, errors and retries are decided once"},
	{"database/sql", nil, false,
		"it costs a lock, an interface and allocations a row; see docs/decisions"},
	{"github.com/tink-crypto", []string{"internal/seal"}, false,
		"one room holds keys, so that one room has to be read to trust them"},
	{"github.com/go-webauthn", []string{"internal/identity/account"}, false,
		"one room speaks with authenticators, so that what is checked is decided once"},
	{"github.com/descope/virtualwebauthn", nil, true, "a test tool does not ship"},
	{"github.com/prometheus", []string{"internal/web", "internal/app"}, false,
		"rooms count in plain numbers; the plant shows them"},
	{"github.com/alecthomas/kong", []string{"internal/app"}, false,
		"the command line is wiring, and wiring lives in app"},
	{"github.com/schollz/progressbar", []string{"internal/app"}, false,
		"rooms report progress by a function; app draws it"},
	{"pgregory.net/rapid", nil, true, "a test tool does not ship"},
	{"github.com/google/go-cmp", nil, true, "a test tool does not ship"},
	{"github.com/anishathalye/porcupine", nil, true, "a test tool does not ship"},
	{"github.com/c2sp/wycheproof", nil, true, "a test tool does not ship"},
	{"testing", nil, true, "a test tool does not ship"},
	{"net/http/pprof", nil, false, "it adds handlers to a global mux; mount it by hand behind a flag"},
	{"expvar", nil, false, "it adds a handler to a global mux that shows the command line"},
	{"log", nil, false, "log/slog is the log: it has levels and fields, and one place decides what is written"},
	{"io/ioutil", nil, false, "os and io have what it had"},
	{"reflect", []string{"internal/arch"}, true, "reflection turns mistakes of types into errors at run time"},
	// seal hashes a string without copying it; the store sorts rows that lie
	// flat in one slice.
	{"unsafe", []string{"internal/seal", "internal/record/internal/store"}, false,
		"code that can read beyond its bytes is listed here with what it is for"},
	{"os/exec", []string{"internal/app", "fhir/spec/gen"}, true, "the server starts no other program"},
}

func TestBannedImports(t *testing.T) { bannedImports(t, sources(t)) }

func bannedImports(t reporter, all []*source) {
	for _, s := range all {
		for _, im := range s.imports {
			for _, b := range bans {
				if !banned(im, b.imports) || b.tests && s.test {
					continue
				}
				free := false
				for _, room := range b.may {
					free = free || within(s.dir, room)
				}
				if !free {
					t.Errorf("%s imports %s: %s", s.path, im, b.reason)
				}
			}
		}
	}
}

// banned says whether an import is the banned one or lies below it. Standard
// packages are banned by themselves: "log" does not mean "log/slog".
func banned(im, ban string) bool {
	return im == ban || strings.Contains(ban, ".") && strings.HasPrefix(im, ban+"/")
}

// impure are imports and names that a pure room can not have: it gets time,
// chance and bytes as arguments, so that every answer can be had again.
var impure = map[string][]string{
	"os": nil, "io/fs": nil, "path/filepath": nil, "net": nil, "net/http": nil, "syscall": nil, "crypto/rand": nil, "log/slog": nil,
	"time":         {"Now", "Since", "Until", "Sleep", "After", "Tick", "NewTimer", "NewTicker"},
	"math/rand":    nil,
	"math/rand/v2": {"Int", "IntN", "Int64", "Uint64", "Float64", "Perm", "Shuffle", "N"},
}

func TestPureRoomsTouchNothing(t *testing.T) { pureRoomsTouchNothing(t, sources(t)) }

func pureRoomsTouchNothing(t reporter, all []*source) {
	for _, s := range all {
		room, floor, _ := roomOf(s.dir)
		if floor != pure || s.test || room == "internal/arch" || s.ast.Name.Name == "main" {
			continue // a main package below a pure room is its generator
		}
		for _, u := range s.uses() {
			names, listed := impure[u.pkg]
			if !listed {
				continue
			}
			bad := names == nil
			for _, n := range names {
				bad = bad || n == u.name
			}
			if bad {
				t.Errorf("%s: %s.%s in %s, which is pure: no I/O, no clock, no chance of its own. Take it as an argument.", s.at(u.node), u.pkg, u.name, room)
			}
		}
	}
}
