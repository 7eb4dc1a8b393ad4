package arch

import (
	"go/ast"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// outbound are names by which a program reaches out. The promise is that
// nothing calls home.
var outbound = map[string][]string{
	"net/http":   {"Get", "Post", "PostForm", "Head", "DefaultClient", "DefaultTransport", "Client", "Transport", "NewRequest", "NewRequestWithContext"},
	"net":        {"Dial", "DialTimeout", "Dialer", "DialTCP", "DialUDP", "DialUnix", "LookupHost", "LookupIP", "LookupAddr", "LookupTXT", "Resolver", "DefaultResolver"},
	"crypto/tls": {"Dial", "DialWithDialer", "Dialer"},
	"net/smtp":   {"Dial", "SendMail"},
	"net/rpc":    {"Dial", "DialHTTP"},
}

// callers may reach out, each for its reason.
var callers = map[string]string{
	"internal/db":                "it reaches the PostgreSQL server that the operator named",
	"internal/app/control":       "it reaches the server on this machine, through a socket in the data folder",
	"internal/app/bench":         "it is the load generator, and asks the server that it started",
	"internal/fetch":             "it makes the clients, and names no address",
	"internal/smart/fetch":       "it fetches the keys of a client from the address that the operator registered",
	"internal/identity/upstream": "it asks the provider that the operator registered",
	"internal/notify/relay":      "it hands mail to the server that the operator named",
	"internal/notify/hook":       "it hands messages to the service that the operator named",
	"internal/audit/witness/ask": "it asks the witnesses that the operator named",
	"internal/seal/vault":        "it reaches the key service that the operator named",
}

func TestNothingCallsHome(t *testing.T) { nothingCallsHome(t, sources(t)) }

func nothingCallsHome(t reporter, all []*source) {
	for _, s := range all {
		if s.test || allowed(s, callers) {
			continue
		}
		for _, u := range s.uses() {
			for _, name := range outbound[u.pkg] {
				if u.name == name {
					t.Errorf("%s: %s.%s reaches out. No outbound connection is made that the operator did not configure; if this one is configured, list the room with its reason.", s.at(u.node), u.pkg, u.name)
				}
			}
		}
	}
}

// allowed says whether a file's room, or the file without its ending, is
// listed.
func allowed(s *source, list map[string]string) bool {
	for room := range list {
		if within(s.dir, room) || strings.TrimSuffix(s.path, ".go") == room {
			return true
		}
	}
	return false
}

// printers may write to the terminal, and so may a main package (a generator).
var printers = map[string]string{
	"internal/app": "it is the command line",
	"cmd/bevan":    "it is the command line",
}

func TestOnlyTheCommandLinePrints(t *testing.T) { onlyTheCommandLinePrints(t, sources(t)) }

func onlyTheCommandLinePrints(t reporter, all []*source) {
	for _, s := range all {
		if s.test || s.ast.Name.Name == "main" || allowed(s, printers) {
			continue
		}
		for _, u := range s.uses() {
			if u.pkg == "fmt" && strings.HasPrefix(u.name, "Print") || u.pkg == "os" && (u.name == "Stdout" || u.name == "Stderr") {
				t.Errorf("%s: %s.%s. A room returns an error or writes to slog; only the command line talks to the terminal.", s.at(u.node), u.pkg, u.name)
			}
			if u.pkg == "os" && u.name == "Exit" {
				t.Errorf("%s: os.Exit skips what has to be closed. Return an error.", s.at(u.node))
			}
		}
	}
}

func TestTestsDoNotSleep(t *testing.T) { testsDoNotSleep(t, sources(t)) }

func testsDoNotSleep(t reporter, all []*source) {
	for _, s := range all {
		if !s.test {
			continue
		}
		for _, u := range s.uses() {
			if u.pkg == "time" && u.name == "Sleep" {
				t.Errorf("%s: a test that sleeps is slow on a good day and wrong on a bad one. Wait for what you mean, or use testing/synctest.", s.at(u.node))
			}
		}
	}
}

// makers may say that somebody is an operator.
var makers = map[string]string{
	"internal/identity": "somebody came with an operator's token",
	"internal/app":      "whoever holds the data folder holds the keys",
}

func TestAuthorityIsAValue(t *testing.T) { authorityIsAValue(t, sources(t)) }

func authorityIsAValue(t reporter, all []*source) {
	for _, s := range all {
		if s.test {
			continue
		}
		for _, u := range s.uses() {
			if u.pkg == "context" && u.name == "WithValue" && !within(s.dir, "internal/web") {
				t.Errorf("%s: context.WithValue hides an argument. Who asks is a value that you hold; only web keeps the request id in a context.", s.at(u.node))
			}
			if u.pkg == ours+"/internal/access" && u.name == "Operator" && !allowed(s, makers) {
				t.Errorf("%s: access.Operator makes somebody who may do everything. A job uses access.Job, for somebody who came with a credential.", s.at(u.node))
			}
		}
	}
}

func TestThereIsNoInit(t *testing.T) { thereIsNoInit(t, sources(t)) }

func thereIsNoInit(t reporter, all []*source) {
	for _, s := range all {
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "init" && f.Recv == nil && !s.gen {
				t.Errorf("%s: init runs before anybody asked. Make the value where it is declared, or in a function with a name.", s.at(f))
			}
		}
	}
}

// A text that names a folder of one machine is wrong on every other.
func TestNoTextNamesOneMachine(t *testing.T) {
	var bad []string
	for _, p := range []string{"work", "root", "home", "Users"} {
		bad = append(bad, "/"+p+"/")
	}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if p != root && (name == ".git" || name == "testdata" || name == "data" || name == "bin" || name == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		switch filepath.Ext(name) {
		case ".go", ".md", ".sh", ".sql", ".yml", ".yaml", "":
		default:
			return nil
		}
		if i, err := d.Info(); err != nil || i.Size() > 1<<20 || !i.Mode().IsRegular() || strings.HasSuffix(name, "_gen.go") {
			return err
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		for _, b := range bad {
			if i := strings.Index(string(text), b); i >= 0 && (i == 0 || strings.ContainsRune(" \t\n\"'`=(:", rune(text[i-1]))) {
				t.Errorf("%s names the folder %s of one machine", p, b)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
