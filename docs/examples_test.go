package docs

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/app"
)

// Blocks marked `js` are files that the commands run with Node; their first line
// says how they are called.
//
// TestExamplesRun runs the blocks marked `sh` of the pages for app makers, in
// their order, each page against a server of its own. Behind a command stand
// comments that say what has to come back:
//
//	# 200                            the status
//	# … "total":2                    a piece of the answer or of its headers
//	# NEXT is the link "next"        what later commands call $NEXT
//	# JOB is in Content-Location     the same from a header
//	# TOKEN is the first access_token  the same from the member of that name
//	# 200 when it is done            ask until that is the status
func TestExamplesRun(t *testing.T) {
	found, err := filepath.Glob("app-makers/*.md")
	if err != nil || len(found) == 0 {
		t.Fatalf("there are no pages: %v", err)
	}
	for _, page := range found {
		t.Run(filepath.Base(page), func(t *testing.T) {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(text, []byte("```sh\n")) {
				t.Skip("this page has no examples")
			}
			if bytes.Contains(text, []byte("```js\n")) {
				if _, err := exec.LookPath("node"); err != nil {
					t.Skip("skipped: node is not here, and runs the examples of this page")
				}
			}
			p := &player{t: t, page: page, vars: start(t), dir: t.TempDir()}
			p.play(string(text))
		})
	}
}

// start runs a server and gives the variables that the pages begin with.
func start(t *testing.T) map[string]string {
	ctx, stop := context.WithCancel(context.Background())
	dir := filepath.Join(t.TempDir(), "data")
	out, in := io.Pipe()
	var served sync.WaitGroup
	served.Go(func() {
		code := app.Main([]string{"serve", "--data", dir, "--listen", "127.0.0.1:0"}, app.Streams{Out: in, Err: io.Discard, Ctx: ctx})
		if code != 0 {
			t.Errorf("the server ended with code %d", code)
		}
		in.Close()
	})
	t.Cleanup(func() { stop(); out.Close(); served.Wait() })
	lines := bufio.NewScanner(out)
	at := regexp.MustCompile(`http://\S+/fhir`)
	for lines.Scan() {
		if m := at.FindString(lines.Text()); m != "" {
			served.Go(func() { _, _ = io.Copy(io.Discard, out) })
			return map[string]string{"DATA": dir, "ISSUER": strings.TrimSuffix(m, "/fhir"), "FHIR": m, "AUTH": "Authorization: Bearer " + token(t, ctx, dir), "JSON": "Content-Type: application/fhir+json"}
		}
	}
	t.Fatal("the server did not say where it is")
	return nil
}

// token asks the running server for one, as an operator does.
func token(t *testing.T, ctx context.Context, dir string) string {
	var out bytes.Buffer
	if code := app.Main([]string{"token", "--data", dir, "--role", "operator"}, app.Streams{Out: &out, Err: &out, Ctx: ctx}); code != 0 {
		t.Fatalf("no token: %s", out.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return lines[len(lines)-1]
}

// player runs the examples of one page.
type player struct {
	t       *testing.T
	page    string
	dir     string // where commands find files
	file    string // the one that is being read
	line    int
	vars    map[string]string
	command string
	answer  *http.Response
	body    string
}

func (p *player) errorf(format string, args ...any) {
	p.t.Helper()
	p.t.Errorf("%s:%d: "+format+"\n%s", append(append([]any{p.page, p.line}, args...), p.body)...)
}

func (p *player) play(text string) {
	inside, command, script := false, "", false
	for line := range strings.Lines(text) {
		p.line++
		line = strings.TrimSuffix(line, "\n")
		switch {
		case script && line == "```":
			script, p.file = false, ""
		case script:
			p.append(line)
		case !inside && line == "```js":
			script = true
		case !inside:
			inside = line == "```sh"
		case line == "```":
			inside = false
		case command == "" && (line == "" || strings.HasPrefix(line, "export ")):
		case command == "" && strings.HasPrefix(line, "# "):
			p.expect(strings.TrimPrefix(line, "# "))
		default:
			// A command goes on behind a backslash, and to the end of its text in quotes.
			command += line
			if strings.HasSuffix(line, "\\") {
				command = strings.TrimSuffix(command, "\\")
				continue
			}
			if strings.Count(command, "'")%2 == 1 {
				command += "\n"
				continue
			}
			p.command = command
			p.run()
			command = ""
		}
	}
}

// append writes a line of a file; the first says what it is called.
func (p *player) append(line string) {
	if name, ok := strings.CutPrefix(line, "// "); ok && p.file == "" {
		p.file = name
	}
	f, err := os.OpenFile(filepath.Join(p.dir, p.file), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(line + "\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		p.t.Fatalf("%s:%d: %v", p.page, p.line, err)
	}
}

// An assignment, of a text or of what a command prints on its last line.
var assignment = regexp.MustCompile(`^([A-Z]+)=(?:\$\((.*?)(?: \| tail -1)?\)|([^ ]*))$`)

// local runs a command of this machine and gives the last line that it prints.
func (p *player) local(words []string) string {
	var out bytes.Buffer
	var err error
	switch words[0] {
	case "bevan":
		words = append(words[1:], "--data", p.vars["DATA"])
		for i, w := range words {
			if strings.HasSuffix(w, ".json") {
				words[i] = filepath.Join(p.dir, w)
			}
		}
		if code := app.Main(words, app.Streams{Out: &out, Err: &out, Ctx: p.t.Context()}); code != 0 {
			err = errors.New("code " + strconv.Itoa(code))
		}
	case "node":
		c := exec.CommandContext(p.t.Context(), "node", words[1:]...)
		c.Dir, c.Stdout, c.Stderr = p.dir, &out, &out
		err = c.Run()
	default:
		err = errors.New("only curl, bevan and node are run here")
	}
	if err != nil {
		p.t.Fatalf("%s:%d: %v: %v\n%s", p.page, p.line, words, err, out.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return lines[len(lines)-1]
}

// expect reads a comment behind a command.
func (p *player) expect(text string) {
	name, what, is := strings.Cut(text, " is ")
	first, rest, _ := strings.Cut(text, " ")
	status, err := strconv.Atoi(first)
	switch {
	case p.answer == nil:
		p.t.Fatalf("%s:%d: there is no command before it", p.page, p.line)
	case first == "…":
		if !strings.Contains(p.body, rest) && !strings.Contains(headers(p.answer), rest) {
			p.errorf("the answer lacks %s", rest)
		}
	case err == nil && rest == "when it is done":
		p.until(status)
	case err == nil:
		if p.answer.StatusCode != status {
			p.errorf("%s gave %d, not %d", p.command, p.answer.StatusCode, status)
		}
	case is && strings.HasPrefix(what, "in "):
		p.vars[name] = p.answer.Header.Get(strings.TrimPrefix(what, "in "))
	case is && strings.HasPrefix(what, "the link "):
		p.vars[name] = p.find(`"relation":` + strings.TrimPrefix(what, "the link ") + `,"url":"([^"]+)"`)
	case is && strings.HasPrefix(what, "the first "):
		p.vars[name] = p.find(`"` + strings.TrimPrefix(what, "the first ") + `":"([^"]+)"`)
	default:
		p.t.Fatalf("%s:%d: what does %q mean?", p.page, p.line, text)
	}
}

func (p *player) find(pattern string) string {
	m := regexp.MustCompile(pattern).FindStringSubmatch(p.body)
	if m == nil {
		p.errorf("there is no %s", pattern)
		return ""
	}
	var s string
	if err := json.Unmarshal([]byte(`"`+m[1]+`"`), &s); err != nil {
		p.errorf("%v", err)
	}
	return s
}

// until repeats the command, for a minute at most.
func (p *player) until(status int) {
	end := time.After(time.Minute)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for p.answer.StatusCode != status {
		if p.answer.StatusCode != http.StatusAccepted {
			p.errorf("%s gave %d", p.command, p.answer.StatusCode)
			return
		}
		select {
		case <-end:
			p.errorf("%s was not done in a minute", p.command)
			return
		case <-again.C:
			p.run()
		}
	}
}

func headers(r *http.Response) string {
	var b strings.Builder
	_ = r.Header.Write(&b)
	return b.String()
}

// run sends what a curl command would send. Only what the pages use is known.
func (p *player) run() {
	if m := assignment.FindStringSubmatch(p.command); m != nil {
		p.vars[m[1]] = m[3]
		if m[2] != "" {
			p.vars[m[1]] = p.local(p.words(m[2]))
		}
		return
	}
	words := p.words(p.command)
	if words[0] != "curl" {
		p.local(words)
		return
	}
	method, target, body := "", "", []string{}
	inQuery := false
	header := http.Header{}
	for i := 1; i < len(words); i++ {
		value := func() string { i++; return words[i] }
		switch w := words[i]; w {
		case "-i", "-s", "--compressed":
		case "-X":
			method = value()
		case "-G":
			inQuery = true
		case "-H":
			k, v, _ := strings.Cut(value(), ": ")
			header.Set(k, v)
		case "-d":
			body = append(body, value())
		case "--data-urlencode":
			k, v, _ := strings.Cut(value(), "=")
			body = append(body, k+"="+url.QueryEscape(v))
		default:
			if strings.HasPrefix(w, "-") || target != "" {
				p.t.Fatalf("%s:%d: %s is not known here", p.page, p.line, w)
			}
			target = w
		}
	}
	data := strings.Join(body, "&")
	if inQuery {
		target, data = target+"?"+data, ""
	}
	if method == "" {
		method = map[bool]string{true: http.MethodGet, false: http.MethodPost}[data == ""]
	}
	if data != "" && header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	p.send(method, target, data, header)
}

func (p *player) send(method, target, data string, header http.Header) {
	r, err := http.NewRequest(method, target, strings.NewReader(data))
	if err != nil {
		p.t.Fatalf("%s:%d: %v", p.page, p.line, err)
	}
	r.Header = header
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatalf("%s:%d: %v", p.page, p.line, err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatalf("%s:%d: %v", p.page, p.line, err)
	}
	p.answer, p.body = answer, string(b)
}

// words splits a command as a shell does: 'as it is', "with $VARIABLES".
func (p *player) words(command string) (words []string) {
	var b strings.Builder
	quote, open, escaped := rune(0), false, false
	for _, c := range command {
		switch {
		case escaped:
			b.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped = true
		case quote == 0 && (c == '\'' || c == '"'):
			quote, open = c, true
		case c == quote:
			quote = 0
		case quote == 0 && c == ' ':
			if open {
				words = append(words, b.String())
			}
			b.Reset()
			open = false
		case c == '$' && quote != '\'':
			b.WriteString("\x00")
			open = true
		default:
			b.WriteRune(c)
			open = true
		}
	}
	if open {
		words = append(words, b.String())
	}
	for i, w := range words {
		words[i] = variable.ReplaceAllStringFunc(w, func(m string) string {
			v, ok := p.vars[m[1:]]
			if !ok {
				p.t.Errorf("%s:%d: $%s has no value yet", p.page, p.line, m[1:])
			}
			return v
		})
		words[i] = strings.ReplaceAll(words[i], "\x00", "$")
	}
	return words
}

var variable = regexp.MustCompile("\x00[A-Z]+")
