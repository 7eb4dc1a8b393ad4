package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAnswersArePackedWhenItPays(t *testing.T) {
	h := open(t, Config{}, func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		if r.URL.Query().Get("none") != "" {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		for range len(r.URL.Query().Get("n")) {
			if _, err := w.Write(bytes.Repeat([]byte("0123456789"), 100)); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		path, accept string
		packed       bool
		size         int
	}{
		{"/fhir/x?type=application/fhir%2Bjson&n=xxxxx", "gzip", true, 5000},
		{"/fhir/x?type=application/fhir%2Bjson&n=x", "gzip", false, 1000},
		{"/fhir/x?type=application/fhir%2Bjson&n=", "gzip", false, 0},
		{"/fhir/x?type=application/fhir%2Bjson&n=xxxxx", "br, *", true, 5000},
		{"/fhir/x?type=application/fhir%2Bjson&n=xxxxx", "gzip;q=0, *", false, 5000},
		{"/fhir/x?type=application/fhir%2Bjson&n=xxxxx", "gzip; q=0.0", false, 5000},
		{"/fhir/x?type=application/fhir%2Bjson&n=xxxxx", "gzip;q=0.5", true, 5000},
		{"/fhir/x?type=application/fhir%2Bjson&n=xxxxx", "", false, 5000},
		{"/fhir/x?type=image/png&n=xxxxx", "gzip", false, 5000},
	} {
		resp, text := h.ask(t, "GET", c.path, nil, "Accept-Encoding", c.accept)
		if packed := resp.Header.Get("Content-Encoding") == "gzip"; packed != c.packed {
			t.Errorf("%+v: packed is %v", c, packed)
		}
		if c.packed {
			z, err := gzip.NewReader(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			all, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			text = string(all)
		}
		if len(text) != c.size {
			t.Errorf("%+v: %d bytes", c, len(text))
		}
		if strings.Contains(c.path, "json") && resp.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%+v: Vary is %q", c, resp.Header.Get("Vary"))
		}
	}
	if resp, text := h.ask(t, "GET", "/fhir/x?type=text/plain&none=1", nil, "Accept-Encoding", "gzip"); resp.StatusCode != 304 || text != "" {
		t.Errorf("not modified: %d %q", resp.StatusCode, text)
	}
	if resp, text := h.ask(t, "HEAD", "/fhir/x?type=text/plain&n=xxxxx", nil, "Accept-Encoding", "gzip"); resp.StatusCode != 200 || text != "" {
		t.Errorf("HEAD: %d %q", resp.StatusCode, text)
	}
}

// Attack 76: an answer that another website made a browser ask for, with the
// cookies of whoever sits there, is not packed, so that its size says nothing of
// what stands in it. What browsers ask for themselves is, and what comes without
// cookies.
func TestAttack76TheSizeOfAnAnswerTellsOthersNothing(t *testing.T) {
	h := open(t, Config{}, func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, err := w.Write([]byte(strings.Repeat("Hay fever. ", 200) + r.URL.Query().Get("words")))
		return err
	})
	for _, c := range []struct {
		site, cookie string
		packed       bool
	}{
		{"", "a=b", true}, {"none", "a=b", true}, {"same-origin", "a=b", true}, {"cross-site", "", true}, {"same-site", "", true},
		{"cross-site", "a=b", false}, {"same-site", "a=b", false}, {"something new", "a=b", false},
	} {
		sizes := map[int]bool{}
		for _, guess := range []string{"Hay%20fever.%20Hay%20fever.", "Qxj%20zkvwp.%20Bgm%20dwxyq."} {
			headers := []string{"Accept-Encoding", "gzip", "Sec-Fetch-Site", c.site}
			if c.cookie != "" {
				headers = append(headers, "Cookie", c.cookie)
			}
			resp, text := h.ask(t, "GET", "/fhir/x?words="+guess, nil, headers...)
			if packed := resp.Header.Get("Content-Encoding") == "gzip"; packed != c.packed {
				t.Errorf("%+v: packed is %v", c, packed)
			}
			sizes[len(text)] = true
		}
		if !c.packed && len(sizes) != 1 {
			t.Errorf("%+v: the size tells whether the guess is right", c)
		}
	}
}

func TestAClientThatReadsNothingIsCutOff(t *testing.T) {
	failed := make(chan error, 1)
	h := open(t, Config{Stall: 50 * time.Millisecond}, func(w http.ResponseWriter, _ *http.Request) error {
		part := make([]byte, 1<<20)
		for {
			if _, err := w.Write(part); err != nil {
				failed <- err
				return err
			}
		}
	})
	c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET /fhir/Patient HTTP/1.1\r\nHost: x\r\n\r\n")
	if err := <-failed; err == nil {
		t.Error("an endless answer ended well")
	}
}

// An error after the first bytes left can not become an answer, and half an
// answer must not look like a whole one.
func TestHalfAnAnswerIsCut(t *testing.T) {
	for _, accept := range []string{"", "gzip"} {
		h := open(t, Config{}, func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "application/fhir+json")
			if _, err := w.Write(bytes.Repeat([]byte("0123456789"), 10000)); err != nil {
				return err
			}
			w.(http.Flusher).Flush()
			return errors.New("the store went away")
		})
		r, err := http.NewRequest("GET", h.url+"/fhir/Patient", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", accept)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("with Accept-Encoding %q half an answer reads as a whole one", accept)
		}
		resp.Body.Close()
	}
}
