package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
)

// fetched is what a server has at an address; "" for anything but 200.
func fetched(t *testing.T, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		return ""
	}
	return string(b)
}

// witnessing runs a witness for a log, and gives its address and key.
func witnessing(t *testing.T, key string) (at, public string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out := &watched{want: regexp.MustCompile(`(?s)Address: \S+\n.*Key: +\S+\n`), got: make(chan string, 1)}
	done := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		done <- Main([]string{"witness", "--state", filepath.Join(t.TempDir(), "w"), "--name", "witness.example", "--log", key, "--listen", "127.0.0.1:0"}, Streams{Out: out, Err: &errs, Ctx: ctx})
	}()
	select {
	case said := <-out.got:
		f := strings.Fields(said)
		return f[1], f[3], func() { cancel(); <-done }
	case <-done:
		t.Fatal("the witness did not start: " + errs.String())
	}
	return "", "", nil
}

// A log is watched from elsewhere, a person's list is proved without the service, and what is changed behind
// its back is found and named: the way of issue 4, from the command line.
func TestALogThatIsWatchedAndProved(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		more := p.args()[2:]
		url, stop := serving(t, p.Data, more...)
		site := strings.TrimSuffix(strings.TrimSpace(url), "/fhir")
		key := strings.TrimSpace(fetched(t, site+"/log/key"))
		if !strings.HasPrefix(key, "bevan-access-log/") {
			t.Fatalf("the log's key is %q", key)
		}
		lookedAt(t, p, strings.TrimSpace(url))
		if code := stop(); code != exitOK {
			t.Fatal(code)
		}
		at, public, quiet := witnessing(t, key)
		defer quiet()
		url, stop = serving(t, p.Data, append(more, "--witness", public+"@http://"+at)...)
		site = strings.TrimSuffix(strings.TrimSpace(url), "/fhir")
		for !strings.Contains(fetched(t, site+"/log/witnessed"), "witness.example") {
			if t.Context().Err() != nil {
				t.Fatal("nobody cosigned")
			}
		}
		if fetched(t, site+"/log/tile/0/000.p/1") == "" || fetched(t, site+"/log/tile/entries/000.p/1") == "" || fetched(t, site+"/log/tile/7/000") != "" {
			t.Error("the tree can not be copied")
		}
		if code := stop(); code != exitOK {
			t.Fatal(code)
		}
		file := receiptOf(t, p)
		got := bevan(t, "verify-receipt", file, "--key", key, "--witness", public)
		if got.code != exitOK || !strings.Contains(got.out, "None is missing") || !strings.Contains(got.out, "The witness witness.example saw") {
			t.Errorf("%+v", got)
		}
		spoilReceipt(t, file)
		if got := bevan(t, "verify-receipt", file, "--key", key); got.code != exitFailed || !strings.Contains(got.err, "does not hold") {
			t.Errorf("%+v", got)
		}
		if got := bevan(t, p.args("verify")...); got.code != exitOK || !strings.Contains(got.out, " 0 things are not as they were written") {
			t.Errorf("%+v", got)
		}
		spoilLog(t, p)
		if got := bevan(t, p.args("verify")...); got.code != exitFailed || !strings.Contains(got.out, "access log: flipped: entry ") {
			t.Errorf("%+v", got)
		}
	})
}

// lookedAt makes a person through the interface, and looks at them.
func lookedAt(t *testing.T, p place, fhir string) {
	t.Helper()
	token := bevan(t, p.args("token", "--role", "operator")...).lastLine()
	for _, ask := range [][3]string{{"PUT", "/Patient/somebody", `{"resourceType":"Patient","id":"somebody","name":[{"family":"Made-up"}]}`}, {"GET", "/Patient/somebody", ""}} {
		r, err := http.NewRequestWithContext(t.Context(), ask[0], fhir+ask[1], strings.NewReader(ask[2]))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/fhir+json")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode >= 300 {
			t.Fatal(ask[0], resp.Status)
		}
	}
}

// receiptOf writes the receipt of somebody of whom there are entries.
func receiptOf(t *testing.T, p place) (file string) {
	t.Helper()
	h, err := openHouse(t.Context(), p, settings{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	person := int64(0)
	if err := h.log.Each(t.Context(), audit.Filter{}, func(e *audit.Entry) error { person = max(person, e.Person); return nil }); err != nil || person == 0 {
		t.Fatal("nobody was looked at: ", err)
	}
	r, err := h.log.Prove(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "receipt.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// spoilReceipt changes one number of a receipt.
func spoilReceipt(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(b, []byte(`"count":`), []byte(`"count":1`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
}

// spoilLog moves an entry back by a day, behind the log's back.
func spoilLog(t *testing.T, p place) {
	t.Helper()
	conf := db.Config{Path: filepath.Join(p.Data, accessFile)}
	if p.DB != "" {
		conf = db.Config{URL: p.DB}
	}
	d, err := db.Open(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE access SET at = at - 86400000000 WHERE seq = (SELECT min(seq) FROM access WHERE person <> 0)")
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
