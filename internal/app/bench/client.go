package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"time"
)

// client is one connection that is kept. It shares the machine with the server
// that it measures, so it does only what a measurement needs: requests are
// made beforehand, answers are read and dropped (HTTP/1.1, RFC 9112 §6).
type client struct {
	conn net.Conn
	in   *bufio.Reader
	keep *bytes.Buffer // takes the body of the answer when it is not nil
}

// answer is what is looked at of each answer.
type answer struct {
	status   int
	size     int64  // of the body in bytes
	location string // Content-Location, where one was sent
	kind     string // Content-Type
}

var errAnswer = errors.New("the answer is not HTTP that the load generator understands")

func dial(ctx context.Context, address string) (*client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

func (c *client) close() { _ = c.conn.Close() }

// longest is how long one answer may take.
const longest = 60 * time.Second

// do sends a whole request and reads the whole answer.
func (c *client) do(request []byte) (answer, error) {
	if _, err := c.conn.Write(request); err != nil {
		return answer{}, err
	}
	a, chunked, err := c.head()
	if err != nil {
		return a, err
	}
	if chunked {
		err = c.chunks(&a)
	} else {
		err = c.body(a.size)
	}
	return a, err
}

// head reads the status line and the fields.
func (c *client) head() (a answer, chunked bool, err error) {
	line, err := c.line()
	if err != nil {
		return a, false, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return a, false, errAnswer
	}
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return a, false, errAnswer
	}
	for {
		if line, err = c.line(); err != nil || len(line) == 0 {
			return a, chunked, err
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if a.size, err = strconv.ParseInt(string(value), 10, 64); err != nil || a.size < 0 {
				return a, false, errAnswer
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		case bytes.EqualFold(name, []byte("Content-Type")) && c.keep != nil:
			a.kind = string(value)
		case bytes.EqualFold(name, []byte("Content-Location")) && c.keep != nil:
			a.location = string(value)
		}
	}
}

// line reads a line without its end. It is good until the next read.
func (c *client) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte{'\r'}), nil
}

func (c *client) body(n int64) error {
	if c.keep != nil {
		_, err := io.CopyN(c.keep, c.in, n)
		return err
	}
	for n > 0 {
		d, err := c.in.Discard(int(min(n, 1<<20)))
		if err != nil {
			return err
		}
		n -= int64(d)
	}
	return nil
}

func (c *client) chunks(a *answer) error {
	a.size = 0
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(line), 16, 64)
		if err != nil || n < 0 {
			return errAnswer
		}
		if err := c.body(n); err != nil {
			return err
		}
		if line, err = c.line(); err != nil || len(line) > 0 {
			return errors.Join(err, errAnswer)
		}
		if n == 0 {
			return nil
		}
		a.size += n
	}
}

// asker makes requests to one server.
type asker struct {
	address string // host:port
	token   string
}

// request makes the bytes of a request; body may be nil.
func (a asker) request(method, path string, body []byte, headers ...string) []byte {
	var b bytes.Buffer
	b.WriteString(method + " " + path + " HTTP/1.1\r\nHost: " + a.address + "\r\nAuthorization: Bearer " + a.token + "\r\nAccept: application/fhir+json\r\n")
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	if body != nil {
		b.WriteString("Content-Type: application/fhir+json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

// once asks one thing on a connection of its own and keeps the answer.
func (a asker) once(ctx context.Context, request []byte) (answer, []byte, error) {
	c, err := dial(ctx, a.address)
	if err != nil {
		return answer{}, nil, err
	}
	defer c.close()
	defer context.AfterFunc(ctx, c.close)()
	_ = c.conn.SetDeadline(time.Now().Add(longest)) // a TCP connection has deadlines
	c.keep = new(bytes.Buffer)
	got, err := c.do(request)
	return got, c.keep.Bytes(), err
}
